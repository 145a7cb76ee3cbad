import type { PolicySource } from '@permission-check/iam-policy';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { type AccountChange, applyChange, type Holder } from '#lib/account/apply-change.ts';
import type { Principal } from '#lib/account/types.ts';
import { createChecker } from '#lib/check/principal.ts';
import type { Finding } from '#lib/compare/types.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { accountId, allow, full, managed, policy, readOnly, role, user } from './fixtures.ts';

const labels = managed('AmazonRekognitionCustomLabelsFullAccess');
const byArn = new Map([readOnly, full, labels].map((one) => [one.arn, one]));
const held: readonly PolicySource[] = [
  readOnly,
  full,
  labels,
  policy('faces', [allow(['rekognition:DeleteFaces', 'rekognition:SearchFaces'])]),
  policy('both', [allow('s3:GetObject'), allow(['rekognition:DetectText', 'rekognition:DeleteUser'])]),
  policy('mixed', [allow(['s3:GetObject', 'rekognition:DeleteFaces', 'rekognition:ListFaces'])]),
  policy('shop', [allow('rekognition:IndexFaces', 'arn:aws:rekognition:*:*:collection/shop-*')]),
  policy('all', [allow('rekognition:*')]),
  policy('with-mfa', [
    allow(['rekognition:DeleteFaces', 'rekognition:SearchFaces']),
    { ...allow('*', '*', { Bool: { 'aws:MultiFactorAuthPresent': 'false' } }), Effect: 'Deny' },
  ]),
  policy('wide', [allow(['rekognition:IndexFaces', 'rekognition:SearchFaces', 'rekognition:DeleteFaces'])]),
];
const expectable = [
  'AmazonRekognitionReadOnlyAccess',
  'AmazonRekognitionCustomLabelsFullAccess',
  'shop-faces',
  'with-mfa',
  'no-payroll',
];
const shop = 'arn:aws:rekognition:*:*:collection/shop-*';
const payroll = 'arn:aws:rekognition:*:*:collection/payroll-*';
const noMfa = '{ BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } }';
const setsByName: Readonly<Record<string, string>> = {
  'shop-faces': `  shop-faces: [{ Effect: Allow, Action: ["rekognition:IndexFaces", "rekognition:SearchFaces"], Resource: "${shop}" }]\n`,
  'with-mfa': `  with-mfa:
    - { Effect: Allow, Action: ["rekognition:DeleteFaces", "rekognition:SearchFaces", "rekognition:ListFaces"], Resource: "*" }
    - { Effect: Deny, Action: "*", Resource: "*", Condition: ${noMfa} }\n`,
  'no-payroll': `  no-payroll:
    - { Effect: Allow, Action: ["rekognition:DeleteFaces", "rekognition:IndexFaces"], Resource: "*" }
    - { Effect: Deny, Action: "rekognition:*Face*", Resource: "${payroll}" }\n`,
};
const setsOf = (names: readonly string[]): string => {
  const own = names.flatMap((name) => setsByName[name] ?? []);
  return own.length === 0 ? '' : `sets:\n${own.join('')}`;
};
const guardTexts = {
  none: '',
  mfa: 'guards:\n  mfa: { mfa: true }\n',
  'mfa to delete': 'guards:\n  mfa: { mfa: true, actions: "rekognition:Delete*" }\n',
  'office and TLS':
    'guards:\n  office: { source-ip: 198.51.100.0/24, tls: true }\ncontext: { aws:SourceIp: 198.51.100.7 }\n',
} as const;

const cases = fc.record({
  kind: fc.constantFrom('user' as const, 'role' as const),
  own: fc.subarray([...held], { maxLength: 3 }),
  ofGroup: fc.subarray([readOnly, full, policy('team', [allow('rekognition:DetectText')])], { maxLength: 2 }),
  expected: fc.oneof(fc.subarray(expectable), fc.constant(['shop-faces'])),
  guard: fc.constantFrom(...(Object.keys(guardTexts) as (keyof typeof guardTexts)[])),
});

/** A command of a remedy, as a change; undefined for what is no such command. */
function changeOf(command: string): AccountChange | undefined {
  const [, verb, kind] = /^aws iam (attach|detach|delete)-(user|role|group)-policy /.exec(command) ?? [];
  const value = (option: string) => new RegExp(`--${option} (\\S+)`).exec(command)?.[1] ?? '';
  const put = /^aws iam put-(user|role)-policy .*--policy-document '(.+)'$/.exec(command);
  if (put !== null) {
    const own = { kind: put[1], name: value(`${put[1]}-name`) } as Holder;
    return { kind: 'put', holder: own, name: value('policy-name'), text: put[2] ?? '' };
  }
  if (command.startsWith('aws iam remove-user-from-group ')) {
    return { kind: 'remove-from-group', user: value('user-name'), group: value('group-name') };
  }
  const holder = { kind, name: value(`${kind}-name`) } as Holder;
  if (verb === 'delete') return { kind: 'delete', holder, name: value('policy-name') };
  if (verb === 'detach') return { kind: 'detach', holder, policyArn: value('policy-arn') };
  const attached = byArn.get(value('policy-arn'));
  return verb === 'attach' && attached ? { kind: 'attach', holder, policy: attached } : undefined;
}

const document = z.object({
  Version: z.string(),
  Statement: z.array(z.looseObject({ Action: z.union([z.string(), z.array(z.string())]) })),
});

/**
 * A statement that is to be removed, to lose actions, or to have them on some collections only, as a change; undefined
 * for what is no such sentence.
 */
function editOf(sentence: string, { kind, name, policies }: Principal): AccountChange | undefined {
  const {
    taken: out,
    narrowed,
    index,
  } = /^(?:Remove|Take (?<taken>.+) out of|Narrow (?<narrowed>.+) in) statement (?<index>\d+)/.exec(sentence)
    ?.groups ?? {};
  const names = out ?? narrowed;
  const part = / to what is expected: on (collection\/\S+)\.$/.exec(sentence)?.[1];
  const policyName = / of inline policy "([^"]+)"/.exec(sentence)?.[1];
  const found = policies.find((one) => one.type === 'inline' && one.name === policyName);
  if (index === undefined || found === undefined || names?.startsWith('these ')) return undefined;
  if (narrowed !== undefined && part === undefined) return undefined;
  const { Version, Statement } = document.parse(JSON.parse(found.text));
  const taken = new Set(names?.split(/, | and /).map((one) => `rekognition:${one}`));
  const changed = Statement.flatMap((statement, at) => {
    if (at + 1 !== Number(index)) return [statement];
    const left = names === undefined ? [] : [statement.Action].flat().filter((action) => !taken.has(action));
    const kept = left.length === 0 ? [] : [{ ...statement, Action: left }];
    const narrow = { ...statement, Action: [...taken], Resource: `arn:aws:rekognition:*:*:${part}` };
    return narrowed === undefined ? kept : [...kept, narrow];
  });
  const holder: Holder = found.group === undefined ? { kind, name } : { kind: 'group', name: found.group };
  // A policy without statements cannot be stored.
  return changed.length === 0
    ? { kind: 'delete', holder, name: found.name }
    : { kind: 'put', holder, name: found.name, text: JSON.stringify({ Version, Statement: changed }) };
}

const conditions: Readonly<Record<string, object>> = {
  mfa: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
  office: { IpAddress: { 'aws:SourceIp': '198.51.100.0/24' }, Bool: { 'aws:SecureTransport': 'true' } },
};

/** The condition of a guard in a statement, or in one of its own for some actions of it; undefined for what is neither. */
function guardedBy(sentence: string, { kind, name, policies }: Principal): AccountChange | undefined {
  const said =
    /^(?:Add the condition of guard "(?<all>\w+)" to|Take (?<out>.+) out of) statement (?<index>\d+) .*inline policy "(?<policy>[^"]+)"(?:.*with the condition of guard "(?<some>\w+)")?/.exec(
      sentence,
    )?.groups;
  const guard = said?.all ?? said?.some;
  const found = policies.find((one) => one.type === 'inline' && one.name === said?.policy);
  if (said === undefined || guard === undefined || found === undefined) return undefined;
  if (said.out?.startsWith('these ')) return undefined;
  const Condition = conditions[guard];
  const { Version, Statement } = document.parse(JSON.parse(found.text));
  const taken = new Set(said.out?.split(/, | and /).map((one) => `rekognition:${one}`));
  const changed = Statement.flatMap((statement, at) => {
    if (at + 1 !== Number(said.index)) return [statement];
    if (said.out === undefined) return [{ ...statement, Condition }];
    const left = [statement.Action].flat().filter((action) => !taken.has(action));
    return [
      ...(left.length === 0 ? [] : [{ ...statement, Action: left }]),
      { ...statement, Action: [...taken], Condition },
    ];
  });
  const holder: Holder = found.group === undefined ? { kind, name } : { kind: 'group', name: found.group };
  return { kind: 'put', holder, name: found.name, text: JSON.stringify({ Version, Statement: changed }) };
}

/** Sentences that only lead to the command after them. */
const isPreface = (remedy: string): boolean => /^Deny what .*:$/.test(remedy);

/** The principal after all that remedies say, one after the other; undefined where one of them is for people. */
function followed(remedies: readonly string[], principal: Principal): Principal | undefined {
  return remedies
    .filter((one) => !isPreface(one))
    .reduce((before: Principal | undefined, remedy) => {
      const change = before && (changeOf(remedy) ?? guardedBy(remedy, before) ?? editOf(remedy, before));
      return before && change && applyChange([before], change)[0];
    }, principal);
}

/** Findings of access that is too much; those whose remedies were followed, and how. */
const seen = { all: 0, undone: 0, edited: 0, narrowed: 0, denied: 0, guarded: 0 };
function count(kind: Finding['kind'], remedies: readonly string[]): void {
  seen.undone++;
  if (kind === 'unguarded') seen.guarded++;
  if (remedies.some((one) => / put-(user|role)-policy /.test(one))) seen.denied++;
  if (remedies.some((one) => /^(Remove|Take|Narrow) /.test(one))) seen.edited++;
  if (remedies.some((one) => one.startsWith('Narrow '))) seen.narrowed++;
}

const actionsOf = (findings: readonly Finding[], kind: Finding['kind']) =>
  findings
    .filter((finding) => finding.kind === kind)
    .flatMap(({ actions }) => actions.map(({ action }) => action))
    .sort();

test('commands and edits of statements that undo an access end it, and take nothing that is expected', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ kind, own, ofGroup, expected, guard }) => {
      const text = `${guardTexts[guard]}${setsOf(expected)}principals:\n  - { match: [role/p, user/p], expect: [${expected.join(', ')}] }\n`;
      const { expectations, diagnostics } = parseExpectations(text, 'expectations.yaml');
      expect(diagnostics).toEqual([]);
      const through = kind === 'user' ? ofGroup.map((one) => ({ ...one, group: 'team' })) : [];
      const make = kind === 'user' ? user : role;
      const principal = make('p', [...own, ...through], { groups: kind === 'user' ? ['team'] : [] });
      const findingsOf = async (one: Principal | undefined) => {
        const check = createChecker({ accountId, partition: 'aws', expectations, today: '2026-11-24' });
        return one === undefined ? [] : (await check(one)).findings;
      };
      const before = await findingsOf(principal);
      for (const finding of before.filter((one) => one.kind === 'excess' || one.kind === 'unguarded')) {
        seen.all++;
        const after = followed(finding.remedies, principal);
        if (after === undefined) continue;
        const left = await findingsOf(after);
        count(finding.kind, finding.remedies);
        expect(left.map(({ id }) => id)).not.toContain(finding.id);
        expect(actionsOf(left, 'missing')).toEqual(actionsOf(before, 'missing'));
      }
    }),
    { numRuns: Number(process.env.FUZZ_CASES ?? 200), seed: 20_261_128 },
  );
  expect(seen.undone).toBeGreaterThan(40);
  expect(seen.edited).toBeGreaterThan(5);
  expect(seen.narrowed).toBeGreaterThan(5);
  expect(seen.denied).toBeGreaterThan(20);
  expect(seen.guarded).toBeGreaterThan(20);
  if (process.env.SHOW_FIGURES) console.log(seen);
});
