import type { PolicySource } from '@permission-check/iam-policy';
import * as z from 'zod/mini';

const statement = z.looseObject({ Effect: z.optional(z.string()) });
const document = z.looseObject({ Statement: z.union([statement, z.array(statement)]) });

/** The policies of some readings as one set that allows what any of them allows: what only some deny is not denied. */
export function unionOf(readings: readonly (readonly PolicySource[])[]): readonly PolicySource[] {
  const [first = []] = readings;
  const key = ({ name, type, text }: PolicySource) => JSON.stringify([name, type, text]);
  const everywhere = (policy: PolicySource) =>
    readings.every((policies) => policies.some((one) => key(one) === key(policy)));
  if (readings.every((policies) => policies.length === first.length && policies.every(everywhere))) {
    return first;
  }
  const all = new Map(readings.flat().map((policy) => [key(policy), policy]));
  return [...all.values()].map((policy) =>
    everywhere(policy) ? policy : { ...policy, text: allowsOf(policy.text) },
  );
}

/** A policy without what it denies; one that cannot be read as it is. */
function allowsOf(text: string): string {
  const read = readDocument(text);
  if (read === undefined) return text;
  return JSON.stringify({ ...read, Statement: statementsOf(read).filter(({ Effect }) => Effect !== 'Deny') });
}

/**
 * A trust policy that lets in whom any of these lets in.
 *
 * @param isOpen one of them is not known, and may let in anyone
 */
export function trustOfAll(policies: readonly PolicySource[], isOpen: boolean): PolicySource | undefined {
  if (isOpen) return { name: 'trust policy', type: 'resource', text: anyone };
  const [first] = policies;
  const texts = [...new Set(policies.map(({ text }) => text))];
  if (first === undefined || texts.length === 1) return first;
  const read = texts.flatMap((text) => readDocument(allowsOf(text)) ?? []);
  // Of what cannot be read nobody knows whom it lets in.
  if (read.length < texts.length) return { ...first, text: anyone };
  return { ...first, text: JSON.stringify({ ...read[0], Statement: read.flatMap(statementsOf) }) };
}

const anyone =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}';

const statementsOf = ({ Statement }: z.infer<typeof document>) => [Statement].flat();

function readDocument(text: string): z.infer<typeof document> | undefined {
  try {
    const read = z.safeParse(document, JSON.parse(text));
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}
