import { contextValue } from '../reference/patterns.ts';
import { isPrincipalKey } from '../src/condition-keys.ts';
import { closedValues } from '../src/solver/closed-values.ts';
import type { SearchSpace } from '../src/solver/space.ts';
import { couplings, isValue, requestTag } from './couplings.ts';
import { all, any, atom, type Formula, not } from './formula.ts';
import { isIn, type Plan, planOf, type Use, type Value } from './keys.ts';
import { languageOfForm } from './languages.ts';

/** The variable of what follows the fixed part of a resource's ARN. */
export const resourceText = 'text_resource';

/** A resource form of the space: the flag that says that a request's resource is of it, and its fixed part. */
export interface Form {
  readonly flag: Formula;
  readonly prefix: string;
  readonly implies: Readonly<Record<string, string>>;
  /** The characters that can follow; undefined: any. */
  readonly characters: string | undefined;
}

/** The requests of a space, as variables of the solver. */
export interface Requests {
  /** By the key in lower case: those that vary and are used. */
  readonly plans: ReadonlyMap<string, Plan>;
  readonly forms: readonly Form[];
  /** In SMT-LIB. */
  readonly declarations: readonly string[];
  /** What holds of every request of the space. */
  readonly rules: Formula;
}

/** @throws {Unencodable} where the space has no translation */
export function requestsOf(
  space: SearchSpace,
  uses: ReadonlyMap<string, Use>,
  ownResource: boolean,
): Requests {
  const resources = typeof space.resource === 'string' ? [] : space.resource;
  const languages = resources.map(({ pattern }) => languageOfForm(pattern));
  const forms: Form[] = resources.map(({ implies = {} }, index) => ({
    flag: atom(`form${index}`),
    prefix: languages[index]?.prefix ?? '',
    characters: languages[index]?.characters,
    implies,
  }));
  const plans = plansOf(space, uses);
  const ofForms = forms.map(({ flag, implies }, index) =>
    all(
      flag,
      ...forms.filter((form) => form.flag !== flag).map((form) => not(form.flag)),
      isIn(resourceOf(space), languages[index]?.rest ?? 're.none'),
      ...Object.entries(implies).flatMap(([key, value]) => {
        const plan = plans.get(key.toLowerCase());
        return plan ? isValue(plan, value) : [];
      }),
    ),
  );
  return {
    plans,
    forms,
    declarations: [
      ...[...plans.values()].flatMap(({ declarations }) => declarations),
      ...forms.map((_, index) => `(declare-const form${index} Bool)`),
      ...(forms.length > 0 ? [`(declare-const ${resourceText} String)`] : []),
    ],
    rules: all(
      ...[...plans.values()].map(({ rules }) => rules),
      ...(forms.length > 0 ? [any(...ofForms)] : []),
      ...couplings(plans, ownResource),
    ),
  };
}

function plansOf(space: SearchSpace, uses: ReadonlyMap<string, Use>): ReadonlyMap<string, Plan> {
  const { known, isKnown = isPrincipalKey, resource } = space;
  const forms = typeof resource === 'string' ? [] : resource;
  const plans = new Map<string, Plan>();
  for (const [key, use] of uses) {
    if (isKnown(key) || contextValue(known, key) !== undefined) continue;
    const tags =
      key === 'aws:tagkeys' ? [...uses.keys()].filter((name) => name.startsWith(requestTag)).length : 0;
    const implied = forms.flatMap(({ implies = {} }) => contextValue(implies, key) ?? []);
    const finite = implied.length > 0 ? [...new Set(implied.flat())] : closedValues(space, key);
    plans.set(key, planOf(plans.size, use, finite, tags));
  }
  return plans;
}

/** The resource of a request: the only one of the space, or a text behind the fixed part of its form. */
export function resourceOf({ resource }: SearchSpace): Value {
  return typeof resource === 'string'
    ? { kind: 'literal', text: resource }
    : { kind: 'text', variable: resourceText, language: undefined };
}
