/** The ways of beginning a session, and what is the same for users and roles in them. */
import type { Literal, RequestContext, Session } from '@permission-check/iam-policy';
import type { Admission } from './admission.ts';
import { isTagKey, namesTags } from './session-limits.ts';

/** What is asked about sessions: context keys that policies read, in lower case. */
export type Reads = ReadonlySet<string>;

/** More tags than these are not told apart by whether they are passed. */
const maxTags = 3;

/** A session for every way of beginning one, and for every choice of tags to pass with it. */
export function entered(
  entering: readonly Admission[],
  tagging: readonly Admission[],
  tags: readonly string[],
  make: (
    passed: readonly string[],
    literals: readonly Literal[],
    ways: readonly Admission[],
  ) => Session | undefined,
): Session[] {
  const some = tagging.length === 0 ? [] : choices(tags);
  const sessions: (Session | undefined)[] = [];
  for (const way of entering) {
    sessions.push(make([], way.literals, [way]));
    for (const tag of tagging) {
      // Other tags than those that are read may be passed, too: what is asked of them can be met.
      const literals = [...way.literals, ...tag.literals];
      const others = literals.filter(({ test }) => !isTagKey(test.key));
      if (namesTags([way])) sessions.push(make([], others, [way, tag]));
      for (const passed of some) sessions.push(make(passed, literals, [way, tag]));
    }
  }
  return sessions.filter((session) => session !== undefined);
}

/** Every choice of one or more of the tags; of many, each alone and all. */
function choices(tags: readonly string[]): readonly (readonly string[])[] {
  if (tags.length > maxTags) return [...tags.map((tag) => [tag]), tags];
  return Array.from({ length: 2 ** tags.length - 1 }, (_, bits) =>
    tags.filter((_, index) => ((bits + 1) >> index) & 1),
  );
}

/** A context without some keys, in whatever letter case. */
export function without(context: RequestContext, keys: readonly string[]): RequestContext {
  const dropped = new Set(keys.map((key) => key.toLowerCase()));
  return Object.fromEntries(Object.entries(context).filter(([key]) => !dropped.has(key.toLowerCase())));
}

/** Each of the sessions once. */
export function distinctSessions(sessions: readonly Session[]): Session[] {
  return [...new Map(sessions.map((session) => [JSON.stringify(session), session])).values()];
}
