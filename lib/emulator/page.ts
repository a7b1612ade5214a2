/**
 * Cuts one page out of a list. Source: Coze's pages list_workspace and bots_list_draft_published.
 *
 * @param items The list.
 * @param query The parameters `page_num`, 1 by default, and `page_size`, 20 by default.
 * @returns The items of that page; none after the last.
 */
export function cutPage<T>(items: readonly T[], query: Readonly<Record<string, string>>): T[] {
  const size = Number(query["page_size"] ?? 20);
  const start = (Number(query["page_num"] ?? 1) - 1) * size;
  return items.slice(start, start + size);
}
