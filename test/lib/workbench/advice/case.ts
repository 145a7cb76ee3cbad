/** Accounts whose findings are known, and what they are made of. */
import type { PolicySource } from '@permission-check/iam-policy';
import type { Account, Guardrails, Principal } from '#lib/account/types.ts';
import { catalogPolicies } from '#lib/expectation/sets.ts';
import { accountId, policyOf } from '#test/lib/reach/account.ts';
import { lets } from '../../check/ways-in.ts';

export const arn = `arn:aws:iam::${accountId}`;
export const own = (name: string, statement: object | object[]): PolicySource => ({
  ...policyOf(name, statement),
  type: 'customer-managed',
  arn: `${arn}:policy/${name}`,
});
export const aws = (name: string): PolicySource => {
  const [policy] = catalogPolicies(name);
  if (policy === undefined) throw new Error(name);
  return policy;
};
export const deny = (...Action: string[]) => ({ Effect: 'Deny', Action, Resource: '*' });
export const on = (action: string, ...Resource: string[]) => ({ Effect: 'Allow', Action: action, Resource });
export const collection = (name: string) => `arn:aws:rekognition:*:${accountId}:collection/${name}`;
export const when = (statement: object, Condition: object) => ({ ...statement, Condition });
export const inGroup = (name: string, statement: object | object[]) => ({
  groups: [name],
  policies: [{ ...policyOf('team', statement), group: name }],
});
export const service = (name: string, rest: object = {}) => lets({ Service: `${name}.amazonaws.com` }, rest);
export const root = lets({ AWS: `${arn}:root` });
export const labels = 'rekognition:DetectLabels';

export const sets = `sets:
  labels: [{ Effect: Allow, Action: "rekognition:DetectLabels", Resource: "*" }]
  faces: [{ Effect: Allow, Action: ["rekognition:SearchFaces", "rekognition:IndexFaces"], Resource: "${collection('a-*')}" }]
  passing:
    - { Effect: Allow, Action: "iam:PassRole", Resource: "${arn}:role/stream" }
    - { Effect: Allow, Action: "rekognition:DetectLabels", Resource: "*" }
`;
export const rule = (match: string, expected: string, more = '') =>
  `  - match: ${match}\n    expect: ${expected}\n${more}`;
export const guarded = (guard: string, expected: string) =>
  `guards:\n  own: ${guard}\nprincipals:\n${rule('"*"', expected)}`;
export const expecting = (...rules: string[]) => `principals:\n${rules.join('')}`;
export const ofAll = (expected: string) => expecting(rule('"*"', expected));
export const by = (...who: string[]) => `    assumed-by: [${who.map((one) => `"${one}"`).join(', ')}]\n`;

export const everything: PolicySource = {
  name: 'FullAWSAccess',
  type: 'scp',
  text: JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
  }),
};
export const scp = (...statements: object[]): Guardrails => ({
  scps: [[everything, { ...policyOf('own', statements), type: 'scp' }]],
});

export interface Case {
  readonly all: readonly Principal[];
  readonly rules: string;
  /** `kind subject`, sorted: written before anything ran. */
  readonly found: readonly string[];
  /** What a change of policies cannot mend, and why. */
  readonly left?: Readonly<Record<string, RegExp>>;
  readonly guardrails?: Guardrails;
  readonly more?: Partial<Account>;
}
