import { invalidAnswer, type Json, readList, readNumber, readObject } from "./members.ts";

/** More is no list but a server that never ends one. */
const MAX_PAGES = 1000;

/** One page of a list. */
export interface Page<Item> {
  items: Item[];
  /** The number of all items, as the server tells it. */
  total: number;
}

/**
 * Makes what reads a page.
 *
 * @param list The name of the member that holds the items.
 * @param total The name of the member that holds their number.
 * @param read Reads an item.
 */
export function pageReader<Item>(
  list: string,
  total: string,
  read: (item: Json) => Item,
): (data: unknown) => Page<Item> {
  return (data) => {
    const page = readObject(data, "data");
    // Some servers write an empty list as null.
    const items = readList(page[list] ?? [], list).map((each) => read(readObject(each, list)));
    return { items, total: readNumber(page, total) };
  };
}

/**
 * Reads a list page by page, each when it is needed.
 *
 * @param load Gets a page; the first is number 1.
 * @returns All items.
 */
export async function* pages<Item extends { id: string }>(
  load: (number: number) => Promise<Page<Item>>,
): AsyncGenerator<Item> {
  const seen = new Set<string>();
  for (let number = 1;; number++) {
    const { items, total } = await load(number);
    const before = seen.size;
    for (const item of items) {
      // What moves to another page while the list is read comes twice.
      if (!seen.has(item.id)) yield item;
      seen.add(item.id);
    }
    // A page that brings nothing new ends the list too, so a wrong total cannot keep it going.
    if (seen.size === before || (total > 0 && seen.size >= total)) return;
    if (number >= MAX_PAGES) throw invalidAnswer("total");
  }
}
