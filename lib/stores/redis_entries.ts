import type { StoreEntry, TokenStore } from "../provider/token_store.ts";

/**
 * Sends one command and gives its answer.
 *
 * @param args The command and its arguments, such as `["EVAL", …]`.
 * @returns The answer as Redis clients give it: text, number, null, or an array of them.
 */
export type RedisCommand = (args: string[]) => Promise<unknown>;

// An entry is a hash with the fields value, owner and fence; a field that is odd is none.
const PRELUDE = `
local key = KEYS[1]
local owner, fence = unpack(redis.call('HMGET', key, 'owner', 'fence'))
fence = tonumber(fence) or 0
if not (fence >= 0 and fence <= 1e15 and fence == math.floor(fence)) then fence = 0 end
local function text(number) return string.format('%.0f', number) end
local function keep(ms) if redis.call('PTTL', key) < ms then redis.call('PEXPIRE', key, ms) end end
`;

/** How long an entry stays at least, so that no fence is forgotten while somebody watches it. */
const KEEP_MS = 60_000;

const READ = `${PRELUDE}
local time = redis.call('TIME')
return {redis.call('HGET', key, 'value'), time[1] * 1000 + math.floor(time[2] / 1000), owner, fence}`;

/** ARGV: value, lifetime, owner and fence of the lease. */
const WRITE = `${PRELUDE}
local life, lease = tonumber(ARGV[2]), tonumber(ARGV[4])
if owner ~= ARGV[3] and (owner or fence > lease) then return 0 end
redis.call('HSET', key, 'value', ARGV[1], 'fence', text(math.max(fence, lease) + 1))
redis.call('HDEL', key, 'owner')
redis.call('PEXPIRE', key, math.max(life, ${KEEP_MS}))
return 1`;

/** ARGV: who takes it, the fence that was seen, and the owner if there was one. */
const TAKE = `${PRELUDE}
if fence ~= tonumber(ARGV[2]) or (owner or nil) ~= ARGV[3] then return 0 end
redis.call('HSET', key, 'owner', ARGV[1], 'fence', text(fence + 1))
keep(${KEEP_MS})
return 1`;

/** ARGV: owner and fence of the lease. */
const GIVE_BACK = `${PRELUDE}
if owner ~= ARGV[1] or fence ~= tonumber(ARGV[2]) then return 0 end
redis.call('HDEL', key, 'owner')
redis.call('HSET', key, 'fence', text(fence + 1))
keep(${KEEP_MS})
return 1`;

/**
 * Keeps entries in Redis as they are: one script, one key and one command for each operation.
 *
 * @param command Sends a command.
 * @param prefix What the keys begin with.
 * @returns The store; it hides nothing.
 */
export function createRedisEntries(command: RedisCommand, prefix: string): TokenStore {
  function run(script: string, key: string, ...args: string[]): Promise<unknown> {
    return command(["EVAL", script, "1", prefix + key, ...args]);
  }
  return {
    async read(key) {
      return parseEntry(await run(READ, key));
    },
    async write(key, value, lifeMs, { owner, fence }) {
      const life = String(Math.floor(lifeMs));
      return parseFlag(await run(WRITE, key, value, life, owner, String(fence)));
    },
    async take(key, owner, seen) {
      const seenOwner = seen.owner === undefined ? [] : [seen.owner];
      return parseFlag(await run(TAKE, key, owner, String(seen.fence), ...seenOwner));
    },
    async giveBack(key, { owner, fence }) {
      parseFlag(await run(GIVE_BACK, key, owner, String(fence)));
    },
  };
}

/**
 * Parses what the script that reads answers. Clients differ in whether a number comes as text.
 *
 * @param answer The answer, of a store that may be hostile.
 * @returns The entry; one that is not there has the fence 0.
 * @throws {Error} When it is no answer of that script.
 */
export function parseEntry(answer: unknown): StoreEntry {
  if (!Array.isArray(answer) || answer.length !== 4) throw odd();
  const [value, now, owner, fence] = answer.map(plain);
  const entry = { fence: Number(fence), now: Number(now) };
  if (!fence || !isCount(entry.fence) || !now || !isCount(entry.now)) throw odd();
  return {
    ...entry,
    ...(owner !== undefined && { owner }),
    ...(value !== undefined && { value }),
  };
}

/** Parses the answer of a script that says whether it did something. */
function parseFlag(answer: unknown): boolean {
  const text = plain(answer);
  if (text !== "1" && text !== "0") throw odd();
  return text === "1";
}

function plain(part: unknown): string | undefined {
  if (part === null || part === undefined) return undefined;
  if (!["string", "number", "bigint"].includes(typeof part)) throw odd();
  return String(part);
}

function isCount(number: number): boolean {
  return Number.isSafeInteger(number) && number >= 0;
}

/** Without its words, which may be anything. */
function odd(): Error {
  return new Error("Cannot use what Redis answered: it is no answer to this command");
}
