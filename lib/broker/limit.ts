const MINUTE_MS = 60_000;
/** With more users in a minute, the count of the one who came first is dropped. */
const MAX_USERS = 10_000;

/**
 * Counts the calls of each user in a minute, which begins with the first call.
 *
 * @param perMinute How many calls a user has.
 * @param monotonic A monotonic clock, in milliseconds.
 * @returns Counts a call; gives the seconds to wait if it is one too many, else 0.
 */
export function createLimit(
  perMinute: number,
  monotonic: () => number = () => performance.now(),
): (user: string) => number {
  /** The minute that began first stands first. */
  const minutes = new Map<string, { count: number; endsAt: number }>();
  return (user) => {
    const now = monotonic();
    for (const [name, { endsAt }] of minutes) {
      if (endsAt > now && minutes.size <= MAX_USERS) break;
      minutes.delete(name);
    }
    const minute = minutes.get(user) ?? { count: 0, endsAt: now + MINUTE_MS };
    minutes.set(user, minute);
    if (minute.count >= perMinute) return Math.ceil((minute.endsAt - now) / 1000);
    minute.count++;
    return 0;
  };
}
