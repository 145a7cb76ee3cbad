import type { Principal } from '#lib/account/types.ts';
import { compareSeverity } from '#lib/catalog/severity.ts';
import type { Severity } from '#lib/catalog/types.ts';
import { hasAnything } from './afterwards.ts';
import { after, type Growing, type Grown } from './growing.ts';
import type { Reach } from './reach.ts';
import type { Indirect } from './row-gains.ts';
import type { Follow } from './rows.ts';
import type { Step } from './steps.ts';

/** Over how many principals that are got at somebody is followed, beyond the first. */
const DEPTH = 1;

/** Roles that are looked at behind one, by their trust policies. */
const LOOKED_AT = 100;

interface Rooms {
  readonly growing: Growing;
  readonly reach: Reach;
  /** What a principal gets at; with what comes then, where somebody follows it. */
  readonly gained: (as: Principal, follow?: Follow) => readonly Indirect[];
  readonly assuming: (caller: Principal, role: Principal) => Step;
  /** How bad it is what one principal can do that another cannot; undefined: that is nothing. */
  readonly opens: (as: Principal, beyond: Principal) => Severity | undefined;
}

/**
 * Works out what principals come to for whoever acts as them, beyond what they can do as they are: what they can give
 * themselves, whom they get at, and which roles let them in. Of all that the worst, and of that what takes the fewest steps.
 */
export class Onwards {
  readonly #rooms: Rooms;
  /** By how far somebody is followed; one function each, so that work about it is shared. */
  readonly #follows = new Map<string, Follow>();

  constructor(rooms: Rooms) {
    this.#rooms = rooms;
  }

  /** What principals come to; undefined for those who come to nothing that they cannot do as they are. */
  get all(): Follow {
    return this.#following(DEPTH, true);
  }

  /** The same without the roles that let them in: trust policies of those say who comes to them. */
  get byThemselves(): Follow {
    return this.#following(DEPTH, false);
  }

  #following(depth: number, assumes: boolean): Follow {
    const key = `${depth} ${assumes}`;
    const known = this.#follows.get(key);
    if (known !== undefined) return known;
    const onwards = new WeakMap<Principal, { readonly onward: Grown | undefined }>();
    const follow: Follow = (as) => {
      const before = onwards.get(as) ?? { onward: this.#worst(as, depth, assumes) };
      onwards.set(as, before);
      return before.onward;
    };
    this.#follows.set(key, follow);
    return follow;
  }

  #worst(as: Principal, depth: number, assumes: boolean): Grown | undefined {
    const { growing, gained, opens } = this.#rooms;
    if (as.serviceLinked || (hasAnything(as) && as.boundary === undefined)) return undefined;
    const worst = new Worst((one) => opens(one, as));
    const grown = growing.of(as);
    if (grown.steps.length > 0) worst.see(grown);
    const see = (all: readonly Indirect[]) => {
      for (const { steps, as: then } of all) worst.see({ steps: [...grown.steps, ...steps], as: then });
    };
    if (!worst.isDone) see(gained(grown.as));
    if (!worst.isDone && depth > 0) see(gained(grown.as, this.#following(depth - 1, assumes)));
    if (!worst.isDone && assumes) for (const one of this.#behind(as)) worst.see(one);
    return worst.found;
  }

  /** The roles that let it in, one after another, as they are and with what they come to by themselves. */
  *#behind(as: Principal): Iterable<Grown> {
    const seen = new Set([as.arn]);
    const queue: Grown[] = [{ steps: [], as }];
    const follow = this.#following(0, false);
    for (const one of queue) {
      for (const next of this.#assumedFrom(one, seen)) {
        if (seen.size > LOOKED_AT) return;
        queue.push(next);
        yield next;
        const onward = follow(next.as);
        if (onward !== undefined) yield after(next, onward);
      }
    }
  }

  /** @param seen the roles that were come to before, which grows */
  *#assumedFrom(before: Grown, seen: Set<string>): Iterable<Grown> {
    const { reach, assuming } = this.#rooms;
    const { steps, as } = before;
    for (const role of reach.rolesTrusting(as)) {
      if (seen.has(role.arn) || !reach.mayAssume(as, role)) continue;
      seen.add(role.arn);
      const next: Grown = { steps: [assuming(as, role)], as: role };
      // The first step is that of whoever begins.
      yield steps.length === 0 ? next : after(before, next);
    }
  }
}

/** The worst of what is seen. */
class Worst {
  found: Grown | undefined;
  #severity: Severity | undefined;
  readonly #opens: (as: Principal) => Severity | undefined;

  constructor(opens: (as: Principal) => Severity | undefined) {
    this.#opens = opens;
  }

  /** Nothing is worse. */
  get isDone(): boolean {
    return this.#severity === 'critical';
  }

  see(one: Grown): void {
    const severity = this.#opens(one.as);
    if (severity === undefined || !this.#isBeaten(severity, one)) return;
    this.#severity = severity;
    this.found = one;
  }

  #isBeaten(severity: Severity, { steps }: Grown): boolean {
    if (this.#severity === undefined || this.found === undefined) return true;
    const worse = compareSeverity(severity, this.#severity);
    return worse < 0 || (worse === 0 && steps.length < this.found.steps.length);
  }
}
