/**
 * Where the four lists of an account-authorization-details file begin. The lists may come in any order, and the
 * pages of a paged download may follow one another in one file.
 */
import { JsonCursor } from './json-cursor.ts';
import { BYTE, type JsonFile } from './json-file.ts';
import { readList } from './json-list.ts';

export const LISTS = ['UserDetailList', 'GroupDetailList', 'RoleDetailList', 'Policies'] as const;
/** Lists that a file may hold beside: the answers of other services than IAM, put in by hand. */
export const ALL_LISTS = [...LISTS, 'ProjectPolicies', 'IdentityPoolList'] as const;
export type ListName = (typeof ALL_LISTS)[number];

/** For each list the offsets behind its opening brackets, one for every page of the file. */
export type Layout = Readonly<Record<ListName, readonly number[]>>;

/** What the keys end with; each search costs a pass over the file, and Node is fastest with a few bytes. */
const KEY_ENDS = ['List"', 'icies"'].map((text) => Buffer.from(text));
const CHUNK_BYTES = 4 * 1024 * 1024;

/**
 * Finds the lists by searching for their keys, which is many times faster than reading the file. In JSON an
 * unescaped `"Policies"` is a key or a whole string value, so where it occurs once, and a list follows, that is the
 * list if the file is as it should be; `readLayout` proves it once the lists have been read.
 *
 * @returns undefined when it is not that simple.
 */
export async function guessLayout(file: JsonFile): Promise<Layout | undefined> {
  const found = new Map<string, number>();
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  const overlap = 32;
  for (let position = 0; position < file.size; position += chunk.length - overlap) {
    const bytes = chunk.subarray(0, await file.read(chunk, position));
    for (const [name, behind] of keysIn(bytes)) {
      if (found.has(name) && found.get(name) !== position + behind) return undefined;
      found.set(name, position + behind);
    }
  }
  const starts = await Promise.all(
    ALL_LISTS.map(async (name) => [name, await listStart(file, found.get(name))] as const),
  );
  const isMissing = (name: ListName) => isRequired(name) || found.has(name);
  if (starts.some(([name, start]) => start === undefined && isMissing(name))) return undefined;
  return layoutOf((name) =>
    starts.flatMap(([list, start]) => (list === name && start !== undefined ? [start] : [])),
  );
}

/** The names of lists that stand in the bytes as keys do, each with the offset behind it. */
function* keysIn(bytes: Buffer): Generator<readonly [name: ListName, behind: number]> {
  for (const end of KEY_ENDS) {
    for (let at = bytes.indexOf(end); at !== -1; at = bytes.indexOf(end, at + 1)) {
      const behind = at + end.length;
      const name = ALL_LISTS.find((list) => endsWithKey(bytes, behind, list));
      if (name !== undefined) yield [name, behind];
    }
  }
}

function endsWithKey(bytes: Buffer, behind: number, key: string): boolean {
  const start = behind - key.length - 2;
  return start >= 0 && bytes[start] === BYTE.quote && bytes.toString('latin1', start + 1, behind - 1) === key;
}

const isRequired = (name: ListName): boolean => LISTS.some((one) => one === name);

async function listStart(file: JsonFile, behindKey: number | undefined): Promise<number | undefined> {
  if (behindKey === undefined) return undefined;
  const bytes = Buffer.alloc(64);
  const text = bytes.toString('latin1', 0, await file.read(bytes, behindKey));
  const colon = /^\s*:\s*\[/.exec(text);
  return colon === null ? undefined : behindKey + colon[0].length;
}

/**
 * Reads the file from its first byte to its last, except for lists whose end is known, and proves that it is what
 * it should be.
 *
 * @param ends offset behind the opening bracket of a list → offset of its closing bracket; filled for the others.
 * @throws InputError with line and byte: not JSON, a list missing, or only some pages of several.
 */
export async function readLayout(file: JsonFile, ends: Map<number, number>): Promise<Layout> {
  const found = new Map<ListName, number[]>(ALL_LISTS.map((name) => [name, []]));
  const cursor = new JsonCursor(file);
  const pages = (await cursor.skipSpace()) === BYTE.openList;
  if (pages) cursor.position++;
  let more: string | undefined;
  do {
    more = await readPage(cursor, found, ends);
    if (pages && (await cursor.skipSpace()) === BYTE.comma) cursor.position++;
  } while ((await cursor.skipSpace()) === BYTE.openObject);
  if (pages) await cursor.expect(BYTE.closeList, ', or ] after a page');
  if ((await cursor.skipSpace()) !== undefined) {
    throw await file.error(cursor.position, 'expected the end of the file, or another page ({ … })');
  }
  if (more !== undefined) {
    throw await file.error(
      cursor.position,
      `the file holds only some of the account's pages (it has ${more}): fetch the others and append them, or let the AWS CLI page (without --max-items)`,
    );
  }
  return layoutOf((name) => found.get(name) ?? []);
}

/** One `{ … }`; returns what says that more pages follow. */
async function readPage(
  cursor: JsonCursor,
  found: ReadonlyMap<ListName, number[]>,
  ends: Map<number, number>,
): Promise<string | undefined> {
  const { file } = cursor;
  const start = cursor.position;
  await cursor.expect(
    BYTE.openObject,
    'an object with UserDetailList, GroupDetailList, RoleDetailList and Policies',
  );
  const seen = new Set<string>();
  let more: string | undefined;
  if ((await cursor.skipSpace()) === BYTE.closeObject) cursor.position++;
  else
    do more = (await readEntry(cursor, seen, found, ends)) ?? more;
    while (await cursor.another(`, or } after "${[...seen].at(-1)}"`));
  const missing = LISTS.filter((name) => !seen.has(name));
  if (missing.length > 0) {
    throw await file.error(
      start,
      `${missing.join(', ')} missing: expected what \`aws iam get-account-authorization-details\` prints, all four lists, empty ones as []`,
    );
  }
  return more;
}

/** One key with its value; returns the key where it says that more pages follow. */
async function readEntry(
  cursor: JsonCursor,
  seen: Set<string>,
  found: ReadonlyMap<ListName, number[]>,
  ends: Map<number, number>,
): Promise<string | undefined> {
  const key = await cursor.key();
  if (seen.has(key)) throw await cursor.file.error(cursor.position, `"${key}" occurs twice`);
  seen.add(key);
  await cursor.expect(BYTE.colon, `: after "${key}"`);
  const list = ALL_LISTS.find((name) => name === key);
  if (list === undefined) {
    const value = await cursor.value(key);
    const followed = value === true ? key === 'IsTruncated' : value !== null && key === 'NextToken';
    return followed ? key : undefined;
  }
  await cursor.expect(BYTE.openList, `a list ([ … ]) as ${key}`);
  found.get(list)?.push(cursor.position);
  cursor.position = (await listEnd(cursor, list, ends)) + 1;
  return undefined;
}

async function listEnd(cursor: JsonCursor, name: ListName, ends: Map<number, number>): Promise<number> {
  const start = cursor.position;
  const known = ends.get(start);
  if (known !== undefined) return known;
  const list = readList(cursor.file, start, name);
  let step = await list.next();
  while (!step.done) step = await list.next();
  ends.set(start, step.value);
  return step.value;
}

function layoutOf(starts: (name: ListName) => readonly number[]): Layout {
  return {
    UserDetailList: starts('UserDetailList'),
    GroupDetailList: starts('GroupDetailList'),
    RoleDetailList: starts('RoleDetailList'),
    Policies: starts('Policies'),
    ProjectPolicies: starts('ProjectPolicies'),
    IdentityPoolList: starts('IdentityPoolList'),
  };
}
