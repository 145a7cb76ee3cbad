import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { accountFromFile } from '#lib/account/from-file.ts';
import { guardrailsFromFile } from '#lib/account/guardrails-file.ts';
import type { Account, Principal } from '#lib/account/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import type { Simulate } from '#lib/check/check-options.ts';
import { createChecker } from '#lib/check/principal.ts';
import type { Expectations } from '#lib/expectation/expectations.ts';
import { builtInExpectations, parseExpectations } from '#lib/expectation/parse.ts';
import type { Evidence } from '#lib/observe/types.ts';

const now = () => new Date('2026-11-24T12:00:00Z');
const sample = (name: string) => fileURLToPath(new URL(`../../../cli/samples/${name}`, import.meta.url));
const example = fileURLToPath(
  new URL('../../../../shared/data/example-account-authorization-details.json', import.meta.url),
);

const builtIn = () => builtInExpectations({ now: now() });
function fromText(text: string): Expectations {
  const { expectations, diagnostics } = parseExpectations(text, 'expectations.yaml', { now: now() });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return expectations;
}
const ofSample = () => fromText(readFileSync(sample('expectations.yaml'), 'utf8'));
const guardrails = () => guardrailsFromFile(sample('guardrails.yaml'));

async function ids(account: Account, more: Parameters<typeof checkAccount>[1]): Promise<string[]> {
  const { findings } = await checkAccount(account, { now, ...more });
  return findings.map(({ id, kind, subject }) => `${id} ${kind} ${subject}`);
}

describe('checkAccount', () => {
  it('finds the same in the sample account, under the same ids, from run to run and version to version', async () => {
    const account = await accountFromFile(sample('account.json'));
    expect(await ids(account, { expectations: ofSample(), guardrails: await guardrails() })).toEqual([
      'ad2c8ea8005f7378 excess role/analyst',
      '9c83619e1cb34308 excess role/nightly-etl',
      '969d85ee6e904ef3 excess role/payroll-export',
      'd25e723a3d202e40 excess user/henry',
      '4311ee850037bfb4 indirect user/grace',
      '0b8cd75047d72aaf exposed role/returns-desk',
      'e36be58303cff1dc excess role/returns-desk',
      '17bd57b2cb98b00a unguarded user/tomas',
      'd5b18ee3495abd03 excess role/nightly-etl',
      'eb9d2885156fbfb5 missing role/label-trainer',
      '2d96a1d1cc6df023 missing role/shop-search',
      '53990d7486abdc53 missing role/video-lab',
      'a72db98fc417a6d6 missing user/photo-editor',
      '2301b8a894ef064a unreachable role/label-trainer',
      '6c5e4931ea750ca1 managed-policy-changed AmazonRekognitionCustomLabelsFullAccess',
      'e10e80e96798e413 inconclusive role/kiosk-prototype',
      'be332f14d682b73e suppression-expired user/henry',
    ]);
  });

  // The example account is real data that stands beside the repository, not in it.
  it.skipIf(!existsSync(example))('finds the same in a real account', async () => {
    const all = await ids(await accountFromFile(example), { expectations: builtIn() });
    expect(all.filter((one) => !one.includes(' indirect '))).toEqual([
      '03f8f7b59a73c09a excess role/fn4-exploitableNotAction-role',
      'a5c1df338d3b0c1d excess role/privesc-AssumeRole-ending-role',
      '5f8218674a793be1 excess role/privesc-high-priv-service-role',
      '947ea1a695676ef9 excess user/fn4-exploitableNotAction-user',
      '65bd5fd733d803e3 excess role/AWSReservedSSO_ViewOnlyAccess_0ace44bbc7092ea8',
    ]);
    // The account was made to try scanners: who can give himself more is called so, and who cannot (fp) as well.
    const indirect = all.filter((one) => one.includes(' indirect '));
    expect(indirect.filter((one) => one.includes('/privesc')).length).toBeGreaterThanOrEqual(35);
    expect(indirect.filter((one) => /\/fp\d/.test(one))).toEqual([]);
  });
});

/** Principals like the given, but named otherwise; with the same policy objects, as a file gives them. */
function namesake(principal: Principal, number: number): Principal {
  const name = `${principal.name}-${number}`;
  return {
    ...principal,
    name,
    id: `${principal.id}${number}`,
    arn: principal.arn.replace(/[^/]+$/, name),
    tags: number % 2 === 0 ? principal.tags : { ...principal.tags, application: `other-${number}` },
  };
}

/** The same objects without what makes them the same: nothing can be shared that is found by identity. */
const alone = (principal: Principal): Principal => structuredClone(principal);

/** Denies every third request and has no answer to every eleventh, whoever asks. */
const simulate: Simulate = async (_, requests) =>
  requests.map((_request, index): Evidence => {
    if (index % 11 === 4) return { kind: 'simulated', decision: 'inconclusive', reason: 'throttled' };
    return { kind: 'simulated', decision: index % 3 === 0 ? 'implicitDeny' : 'allowed' };
  });

const RULES = `
default: built-in
principals:
  - match: { role: "*-1" }
    expect: [AmazonRekognitionReadOnlyAccess@v10]
  - match: { tag: { application: other-3 } }
    expect: [searching]
  - match: user/*-2
    expect: any
sets:
  searching:
    - Effect: Allow
      Action: [rekognition:SearchFacesByImage, rekognition:ListFaces]
      Resource: arn:aws:rekognition:*:*:collection/visitors-*
guards:
  mfa:
    access-levels: [Write]
    applies-to: users
    mfa: true
suppress:
  - { principal: role/*-4, actions: ["rekognition:*"], reason: known, owner: team@example.com, until: 2026-12-31 }
`;

describe('createChecker', () => {
  it.each<[string, () => Expectations, Simulate | undefined]>([
    ['the built-in expectation', builtIn, undefined],
    ['rules, guards and suppressions', () => fromText(RULES), undefined],
    ['rules, with answers of IAM', () => fromText(RULES), simulate],
  ])('finds for principals that share work what it finds for each alone: %s', async (_, make, ask) => {
    const options = {
      accountId: '123456789012',
      partition: 'aws',
      guardrails: await guardrails(),
      today: '2026-11-24',
      simulate: ask,
    };
    const sharing = createChecker({ ...options, expectations: make() });
    let findings = 0;
    const account = await accountFromFile(sample('account.json'));
    for await (const original of account.principals()) {
      const broken = { ...original, unreadable: ['managed policy gone'] };
      const all = [original, ...[1, 2, 3, 4].map((number) => namesake(original, number)), broken];
      for (const principal of all) {
        const single = createChecker({ ...options, expectations: make() });
        const expected = await single(alone(principal));
        const shared = await sharing(principal);
        expect(shared.result).toEqual(expected.result);
        expect(shared.findings).toEqual(expected.findings);
        findings += shared.findings.length;
      }
    }
    expect(findings).toBeGreaterThan(50);
  });
});
