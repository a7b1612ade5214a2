// Self-signed certificates (RFC 5280), made at run time.

import { Buffer } from "node:buffer";
import { createSign } from "node:crypto";
import { bytesOf, der, integer, otherPair, otherPkcs8Pem, pemOf } from "./keys.ts";

const oid = (hex: string) => der(0x06, Buffer.from(hex, "hex"));
const time = (date: Date) => der(0x18, Buffer.from(date.toISOString().replace(/[-:T]|\.\d+/g, "")));

/** A certificate for an address, with the key of {@linkcode otherPair}. */
export function createCertificate(
  address = [127, 0, 0, 1],
  days: { from: number; until: number } = { from: -1, until: 1 },
): { cert: string; key: string } {
  const { publicKey, privateKey } = otherPair();
  const algorithm = der(0x30, oid("2a864886f70d01010b"), der(0x05));
  const commonName = der(0x30, oid("550403"), der(0x0c, Buffer.from("coze-jwt tests")));
  const name = der(0x30, der(0x31, commonName));
  const day = (offset: number) => time(new Date(Date.now() + offset * 86_400_000));
  const extension = (id: string, value: Uint8Array) => der(0x30, oid(id), der(0x04, value));
  const extensions = der(
    0x30,
    // subjectAltName with one iPAddress; not a CA: it stands for itself alone.
    extension("551d11", der(0x30, der(0x87, Buffer.from(address)))),
  );
  const tbs = der(
    0x30,
    der(0xa0, integer(2n)),
    integer(1n),
    algorithm,
    name,
    der(0x30, day(days.from), day(days.until)),
    name,
    bytesOf(publicKey.export({ type: "spki", format: "pem" }).toString()),
    der(0xa3, extensions),
  );
  const signature = createSign("RSA-SHA256").update(tbs).sign(privateKey);
  const bits = der(0x03, Buffer.of(0), signature);
  return { cert: pemOf("CERTIFICATE", der(0x30, tbs, algorithm, bits)), key: otherPkcs8Pem() };
}
