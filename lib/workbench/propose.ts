import { decide, PolicyCompiler } from '@permission-check/iam-policy';
import { actionTable, actions as catalog } from '#lib/catalog/actions.ts';
import type { UnknownUse, Use } from '#lib/change/usage.ts';
import { groupBy } from '#lib/compare/group-by.ts';
import type { PolicyStatement } from '#lib/compare/policy-statements.ts';
import type { Proposal } from '#lib/report/usage.ts';
import { documentText } from './least-policy.ts';

/** Names of one kind that are listed; more become a pattern. */
const listedAtMost = 10;
/** Of a common beginning, so that a pattern says something. */
const shortestPrefix = 3;

/** How resources are generalised, in words. */
export const generalisation = `what the events name, up to ${listedAtMost} names of a kind; more become their common beginning with *, or every resource of the kind; the time in an ARN becomes *; * where an event names nothing`;

/** Uses of one principal, as they come. */
export class Evidence {
  readonly principalArn: string;
  readonly #resources = new Map<string, Set<string>>();
  readonly #days = new Set<string>();
  readonly #unknown = new Map<string, number>();
  #events = 0;
  #failed = 0;
  #first: string | undefined;
  #last: string | undefined;

  constructor(principalArn: string) {
    this.principalArn = principalArn;
  }

  /** What failed is no use: nobody misses it, and whoever calls may name in it what he likes. */
  see(use: Use | UnknownUse): void {
    if (use.failed) {
      this.#failed += 1;
      return;
    }
    if ('operation' in use) {
      this.#unknown.set(use.operation, (this.#unknown.get(use.operation) ?? 0) + 1);
      return;
    }
    const { action, resources, time } = use;
    this.#events += 1;
    this.#days.add(time.slice(0, 10));
    if (this.#first === undefined || time < this.#first) this.#first = time;
    if (this.#last === undefined || time > this.#last) this.#last = time;
    const known = this.#resources.get(action) ?? new Set<string>();
    this.#resources.set(action, known);
    for (const resource of resources.length === 0 ? ['*'] : resources) known.add(resource);
  }

  /** The least policy for these uses, by the rule of `generalisation`; that it allows each of them is decided. */
  proposal(): Proposal {
    const used = [...this.#resources].map(([action, seen]) => ({
      action,
      resources: generalised(action, seen),
    }));
    const statements = [...groupBy(used, ({ resources }) => resources.join(' ')).values()].map(
      (alike): PolicyStatement => ({
        Effect: 'Allow',
        Action: alike.map(({ action }) => action).sort(),
        Resource: alike[0].resources,
      }),
    );
    const policy = documentText(statements);
    this.#holds(policy);
    return {
      principalArn: this.principalArn,
      policy,
      actions: used.map(({ action }) => action).sort(),
      evidence: {
        events: this.#events,
        failed: this.#failed,
        days: this.#days.size,
        unknown: Object.fromEntries([...this.#unknown].sort()),
        ...(this.#first === undefined ? {} : { first: this.#first }),
        ...(this.#last === undefined ? {} : { last: this.#last }),
      },
      rule: generalisation,
    };
  }

  #holds(text: string): void {
    const set = new PolicyCompiler(actionTable).compileSet({
      identity: this.#events === 0 ? [] : [{ name: 'proposal', type: 'set', text }],
    });
    for (const [action, seen] of this.#resources) {
      for (const resource of seen) {
        const { decision } = decide(set, { action, resource, context: {} });
        if (decision !== 'allowed') throw new Error(`the proposal does not allow ${action} on ${resource}`);
      }
    }
  }
}

function generalised(action: string, seen: ReadonlySet<string>): readonly string[] {
  const types = catalog.find((one) => one.action === action)?.resourceTypes ?? [];
  if (types.length === 0 || seen.has('*')) return ['*'];
  const untimed = [...new Set([...seen].map((arn) => arn.replace(/\/\d{10,}$/, '/*')))].sort();
  const kinds = groupBy(untimed, kindOf);
  return [...kinds.values()]
    .flatMap((arns) => (arns.length <= listedAtMost ? arns : [patternOf(arns)]))
    .sort();
}

/** `arn:aws:rekognition:us-east-1:123456789012:collection/` */
const kindOf = (arn: string): string => arn.slice(0, arn.indexOf('/') + 1);

function patternOf(arns: readonly [string, ...string[]]): string {
  const kind = kindOf(arns[0]);
  let length = arns[0].length;
  for (const arn of arns) while (!arn.startsWith(arns[0].slice(0, length))) length -= 1;
  // A beginning ends where a part of a name does.
  const common = /^.*[-_./]/.exec(arns[0].slice(0, length))?.[0] ?? kind;
  return `${common.length >= kind.length + shortestPrefix ? common : kind}*`;
}
