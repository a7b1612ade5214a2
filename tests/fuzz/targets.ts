import { CLI_TARGETS } from "./cli_targets.ts";
import type { Target } from "./fuzz.ts";
import { KEY_TARGETS } from "./key_targets.ts";
import { PROTOCOL_TARGETS } from "./protocol_targets.ts";

/** All ways into the program. */
export const TARGETS: readonly Target[] = [...KEY_TARGETS, ...PROTOCOL_TARGETS, ...CLI_TARGETS];
