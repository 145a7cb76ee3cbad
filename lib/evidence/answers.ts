import type { Request } from '@permission-check/iam-policy';
import * as z from 'zod/mini';
import type { Simulate } from '#lib/check/check-options.ts';
import { PrincipalGoneError } from '#lib/errors.ts';
import type { Evidence } from '#lib/observe/types.ts';
import { contextKey } from '#lib/plan/group.ts';
import { linesOfJson } from '#lib/report/json.ts';
import { sha256 } from './snapshot.ts';

const position = z.strictObject({ line: z.number(), column: z.number() });
const layers = ['identity', 'boundary', 'scp', 'rcp', 'session', 'resource'] as const;

/** What IAM's simulation says of a request (lib/observe/simulation-result.ts). */
const evidenceSchema = z.strictObject({
  kind: z.literal('simulated'),
  decision: z.enum(['allowed', 'explicitDeny', 'implicitDeny', 'inconclusive']),
  reason: z.optional(z.string()),
  unanswered: z.optional(z.literal(true)),
  blockedBy: z.optional(z.enum(layers)),
  pointers: z.optional(
    z.array(
      z.strictObject({
        sourcePolicyId: z.string(),
        sourcePolicyType: z.string(),
        start: z.optional(position),
        end: z.optional(position),
      }),
    ),
  ),
  allowedByOrganizations: z.optional(z.boolean()),
  allowedByBoundary: z.optional(z.boolean()),
  missingContextKeys: z.optional(z.array(z.string())),
});

const place = z.int().check(z.nonnegative());
const schema = z.strictObject({
  /** Whom IAM was asked about: the hash of the requests, and the answers in their order; none: it was gone. */
  asked: z.array(
    z.strictObject({ arn: z.string(), requests: z.string(), answers: z.optional(z.array(place)) }),
  ),
  answers: z.array(evidenceSchema),
});
type Asked = z.infer<typeof schema>['asked'][number];

/** IAM's answers, kept while they are given. */
export class RecordedAnswers {
  readonly #asked: Asked[] = [];
  readonly #answers: Evidence[] = [];
  readonly #places = new Map<string, number>();
  readonly #hashOf = requestHashes();

  /** The same simulation, whose answers are kept. */
  recording(simulate: Simulate): Simulate {
    return async (arn, requests, calls) => {
      const asked = { arn, requests: this.#hashOf(requests) };
      try {
        const answers = await simulate(arn, requests, calls);
        this.#asked.push({ ...asked, answers: answers.map((one) => this.#placeOf(one)) });
        return answers;
      } catch (error) {
        if (error instanceof PrincipalGoneError) this.#asked.push(asked);
        throw error;
      }
    };
  }

  /** As JSON text, in an order that does not depend on which answer came first. */
  text(): string {
    const asked = [...this.#asked].sort((a, b) => (a.arn < b.arn ? -1 : 1));
    return linesOfJson({ asked, answers: this.#answers });
  }

  #placeOf(answer: Evidence): number {
    const key = JSON.stringify(answer);
    const at = this.#places.get(key) ?? this.#answers.push(answer) - 1;
    this.#places.set(key, at);
    return at;
  }
}

/**
 * A simulation that gives the answers that were kept; what nobody asked then is inconclusive.
 *
 * @throws {z.core.$ZodError | SyntaxError} for a text that `RecordedAnswers` has not written
 */
export function replayedAnswers(text: string): Simulate {
  const { asked, answers } = z.parse(schema, JSON.parse(text));
  const evidence = answers.map(evidenceOf);
  const hashOf = requestHashes();
  const known = new Map(asked.map((one) => [one.arn, one]));
  return async (arn, requests) => {
    const one = known.get(arn);
    if (one !== undefined && one.answers === undefined) throw new PrincipalGoneError(arn);
    const places = one?.requests === hashOf(requests) ? one.answers : undefined;
    return requests.map((_, at) => evidence[places?.[at] ?? -1] ?? notAsked);
  };
}

const notAsked: Evidence = {
  kind: 'simulated',
  decision: 'inconclusive',
  reason: 'IAM was not asked this when the evidence was made',
};

/** Without the members that are not there: `exactOptionalPropertyTypes`. */
function evidenceOf(read: z.infer<typeof evidenceSchema>): Evidence {
  const { kind, decision } = read;
  const given = Object.entries(read).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(given), kind, decision };
}

function requestHashes(): (requests: readonly Request[]) => string {
  const known = new WeakMap<readonly Request[], string>();
  return (requests) => {
    const texts = () =>
      requests.map(({ action, resource, context }) => [action, resource, contextKey(context)]);
    const hash = known.get(requests) ?? sha256(JSON.stringify(texts()));
    known.set(requests, hash);
    return hash;
  };
}
