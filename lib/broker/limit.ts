const MINUTE_MS = 60_000;
/** With more users in a minute, the oldest count is dropped. */
const MAX_USERS = 10_000;

/**
 * Counts the calls of each user in a minute. The minute of a user begins with their first call.
 *
 * @param perMinute How many calls a user has.
 * @param monotonic A monotonic clock, in milliseconds.
 * @returns Counts a call. Gives 0, or the seconds to wait if the call is one too many.
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
