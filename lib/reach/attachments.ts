/** What there is to attach to principals: AWS's policies, those of the account, and those that somebody makes first. */
import { casesOf, type PolicySource, type SearchSpace, textForm } from '@permission-check/iam-policy';
import { everything } from './afterwards.ts';
import { attachablePolicies } from './attachable.ts';

import { mayNameSts } from './callers.ts';
import type { Leave } from './leave.ts';
import type { Attachable } from './steps.ts';
import { mayEscalateBy } from './wildcards.ts';

/** What a policy must name to be worth having: Rekognition, or a way to more. */
export const WORTH_HAVING = /rekognition|iam:|sts:|NotAction|\\u|[*?]/i;

const MAKE = 'iam:CreatePolicy';
const REWRITE = 'iam:CreatePolicyVersion';

/** The policies that can be attached in an account. */
export class Attachments {
  readonly #own: readonly PolicySource[];
  readonly #worstFirst: (policies: readonly PolicySource[]) => readonly PolicySource[];
  readonly #known = new WeakMap<Leave, Map<string, readonly Attachable[]>>();
  /** Those by which whoever has them comes to more, attached to others. */
  readonly leadingOn: Pick<Attachments, 'toOthers'>;

  /**
   * @param own the customer managed policies of the account
   * @param worstFirst those of some policies that give something, the worst first
   */
  constructor(
    own: readonly PolicySource[],
    worstFirst: (policies: readonly PolicySource[]) => readonly PolicySource[],
  ) {
    this.#own = own;
    this.#worstFirst = worstFirst;
    this.leadingOn = {
      toOthers: (leave, action) =>
        this.#asTheyAre(leave, action)
          .filter((policy) => mayEscalateBy(policy) || mayNameSts(policy.text))
          .map((policy) => ({ policy })),
    };
  }

  /** What may be attached to oneself. */
  toOneself(leave: Leave, action: string): readonly Attachable[] {
    return [...this.#asTheyAre(leave, action).map((policy) => ({ policy })), ...this.#made(leave, action)];
  }

  /** What may be attached to others, the worst first. */
  toOthers(leave: Leave, action: string): readonly Attachable[] {
    const byAction = this.#known.get(leave) ?? new Map<string, readonly Attachable[]>();
    this.#known.set(leave, byAction);
    const known = byAction.get(action);
    if (known !== undefined) return known;
    const worst = this.#worstFirst(this.#asTheyAre(leave, action));
    const found = [
      ...this.#made(leave, action),
      ...this.#rewritten(leave, action),
      ...worst.map((policy) => ({ policy })),
    ];
    byAction.set(action, found);
    return found;
  }

  #asTheyAre(leave: Leave, action: string): readonly PolicySource[] {
    const worth = this.#own.filter(({ text }) => WORTH_HAVING.test(text));
    return [...attachablePolicies(arnOf(leave)), ...worth].filter((one) => mayAttach(leave, action, one));
  }

  /** Those of the account of which one may write another version first: one is enough, each then says anything. */
  #rewritten(leave: Leave, action: string): readonly Attachable[] {
    return this.#own.flatMap((policy): Attachable[] => {
      if (policy.arn === undefined || !mayAttach(leave, action, policy)) return [];
      const by = leave.by(REWRITE, policy.arn);
      if (by === undefined) return [];
      const made = { action: REWRITE, resource: policy.arn, by };
      return [{ policy: { ...policy, text: everything.text }, made }];
    });
  }

  /** One that does not exist yet, with a name that may be both made and attached. */
  #made(leave: Leave, action: string): readonly Attachable[] {
    const of = arnOf(leave);
    const policies = of.replace(/[^:]*$/, 'policy/');
    const form = textForm([policies, { someOf: nameChars }]);
    const { cases } = casesOf(leave.policies, MAKE, spaceOf(leave, [{ pattern: form, hints: [] }]));
    for (const { like } of cases) {
      const values = [...like.filter((one) => !one.includes('${')), `${policies}*`];
      const possible = values.map((value) => ({
        test: { operator: 'StringLike', ifExists: false, key: KEY, values: [value] },
        holds: true,
      }));
      const resource = [{ pattern: anyText, hints: [] }];
      const named = casesOf(leave.policies, action, { ...spaceOf(leave, resource), possible: [possible] });
      for (const { example } of named.cases) {
        const arn = example?.context[KEY];
        if (typeof arn !== 'string' || this.#own.some((one) => one.arn === arn)) continue;
        const by = leave.by(MAKE, arn);
        if (by === undefined) continue;
        const policy: PolicySource = {
          ...everything,
          name: 'a policy of its own making',
          type: 'customer-managed',
          arn,
        };
        return [{ policy, made: { action: MAKE, resource: arn, by } }];
      }
    }
    return [];
  }
}

const KEY = 'iam:PolicyARN';
const nameChars = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+=,.@-/';
const anyText = [{ chars: { not: '' }, repeat: true }];

const arnOf = ({ known }: Leave): string => String(known['aws:PrincipalArn']);

const mayAttach = (leave: Leave, action: string, { arn }: PolicySource): boolean =>
  arn !== undefined && leave.mayAttach(action, arn);

function spaceOf({ known }: Leave, resource: SearchSpace['resource']): SearchSpace {
  return { resource, known, isKnown: (key) => key.toLowerCase().startsWith('aws:principal') };
}
