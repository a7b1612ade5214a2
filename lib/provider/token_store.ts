/** What a store holds under one key. */
export interface StoreEntry {
  /** What was written, if anything was. */
  value?: string;
  /**
   * What the store's own clock shows, in milliseconds since any moment, for a store that has one. It is
   * told whether or not there is a value. Without it the clocks of the processes decide when a token
   * ends, as far as Coze's answers have not put them right.
   */
  now?: number;
  /** Who holds the lease; absent when nobody does. */
  owner?: string;
  /** Counts the changes of this entry. Each takes, renews or gives back the lease, or writes. */
  fence: number;
}

/** A lease, as it was taken or renewed last. */
export interface Lease {
  /** Who holds it: a random text. */
  owner: string;
  /** The fence it left. */
  fence: number;
}

/**
 * What processes share tokens through: one entry for each kind of token, and in it the lease of the
 * one process that exchanges. Each operation is one round trip and atomic. A store needs no clock: a
 * lease whose fence has not moved for as long as a lease lasts is over, which everybody sees on a
 * clock of their own.
 *
 * What an operation throws means that the store is down; then each process looks after itself. A key
 * may hold names of people and a value holds a token: {@linkcode sealed} in `./stores` hides both,
 * and so do the stores made there.
 */
export interface TokenStore {
  /**
   * Reads an entry.
   *
   * @param key Which.
   * @returns The entry, if there is one.
   */
  read(key: string): Promise<StoreEntry | undefined>;
  /**
   * Writes a value unless another holds the lease or a later one was taken, and ends the lease.
   *
   * The condition is `entry.owner === lease.owner`, or no owner and `entry.fence <= lease.fence`, where
   * no entry has the fence 0. Written are the value, no owner, and the larger of both fences + 1.
   *
   * @param key Which entry.
   * @param value What to write.
   * @param lifeMs After how many milliseconds the value is of no use any more and may be removed.
   * @param lease The writer's.
   * @returns Whether it was written.
   */
  write(key: string, value: string, lifeMs: number, lease: Lease): Promise<boolean>;
  /**
   * Takes the lease, or renews it, if the entry is still as it was read: of many who try at once, one
   * gets it. Whether a lease that somebody holds may be taken over is for the caller to know.
   *
   * The condition is `entry.fence === seen.fence && entry.owner === seen.owner`, where no entry has
   * the fence 0 and no owner. Written are the new owner and `entry.fence + 1`; the value stays.
   *
   * @param key Which entry.
   * @param owner Who wants it.
   * @param seen What was read; for a renewal one's own lease.
   * @returns Whether it is theirs now, with the fence `seen.fence + 1`.
   */
  take(key: string, owner: string, seen: Pick<StoreEntry, "owner" | "fence">): Promise<boolean>;
  /**
   * Gives the lease back without a value, if it is still held as given. Written are no owner and
   * `entry.fence + 1`.
   *
   * @param key Which entry.
   * @param lease The lease.
   */
  giveBack(key: string, lease: Lease): Promise<void>;
}
