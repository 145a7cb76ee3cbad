import { readFileSync } from 'node:fs';
import { parsePolicy } from '@permission-check/iam-policy';
import { beforeAll, describe, expect, test } from 'vitest';
import { accountFromFile } from '#lib/account/from-file.ts';
import { guardrailsFromFile } from '#lib/account/guardrails-file.ts';
import { absentPool } from '#lib/account/identity-pools.ts';
import { readAccountText } from '#lib/evidence/account-text.ts';
import { controlsText, defaultControls, readControls } from '#lib/evidence/controls.ts';
import { judgedStatements } from '#lib/evidence/judged.ts';
import { type EvidenceOptions, type MadeEvidence, makeEvidence, snapshotOf } from '#lib/evidence/make.ts';
import { type Files, sealed, unsealed } from '#lib/evidence/manifest.ts';
import type { Snapshot } from '#lib/evidence/snapshot.ts';
import { verifyEvidence } from '#lib/evidence/verify.ts';
import { policy, role } from '#test/lib/compare/fixtures.ts';
import { readReport } from '#test/support/report.ts';

const samples = 'cli/samples';
const expectations = {
  name: 'expectations.yaml',
  text: readFileSync(`${samples}/expectations.yaml`, 'utf8'),
};
let whole: Snapshot;
let made: MadeEvidence;

const madeWith = async (options: Partial<EvidenceOptions> = {}): Promise<MadeEvidence> =>
  makeEvidence(await accountFromFile(`${samples}/account.json`), {
    startedAt: '2026-11-24T12:00:00.000Z',
    guardrails: whole.guardrails,
    expectations,
    input: 'account.json',
    ...options,
  });
const bytes = (files: Readonly<Record<string, string>>): Files =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)]));

/** The files with another text, and a manifest that agrees with it: what a forger would do. */
function forged(change: Readonly<Record<string, (text: string) => string>>): Files {
  const { manifest } = unsealed(bytes(made.files));
  if (manifest === undefined) throw new Error('no manifest');
  const { evidence, files, ...head } = manifest;
  const texts = Object.fromEntries(
    files.map(({ name }) => [name, (change[name] ?? ((text) => text))(made.files[name] ?? '')]),
  );
  return bytes({ ...texts, ...sealed(head, texts) });
}

beforeAll(async () => {
  whole = {
    ...(await snapshotOf(await accountFromFile(`${samples}/account.json`))),
    guardrails: await guardrailsFromFile(`${samples}/guardrails.yaml`),
  };
  made = await madeWith();
});

describe('an evidence', () => {
  test('verifies by itself, and against the account that it was made of', async () => {
    const report = readReport(made.files['report.json'] ?? '');
    const followed = { principals: 19, findings: report.findings.length, version: report.program.version };
    const verified = { changed: [], unfounded: [], followed, seal: made.seal };
    expect(await verifyEvidence(bytes(made.files))).toMatchObject(verified);
    expect(await verifyEvidence(bytes(made.files), whole)).toMatchObject(verified);
  });

  test('does not verify after one byte of any file is changed', async () => {
    expect(Object.keys(made.files)).toHaveLength(11);
    for (const name of Object.keys(made.files)) {
      const text = Buffer.from(made.files[name] ?? '');
      for (const at of [0, text.length >> 1, text.length - 1]) {
        const changed = Buffer.from(text);
        changed[at] = (changed[at] ?? 0) ^ 1;
        const { changed: problems, followed } = await verifyEvidence({
          ...bytes(made.files),
          [name]: changed,
        });
        expect(problems.join('\n'), `${name}, byte ${at}`).toContain(name);
        expect(followed).toBeUndefined();
      }
    }
  });

  test('does not verify with a file too few or too many', async () => {
    for (const name of Object.keys(made.files)) {
      const { [name]: _, ...rest } = bytes(made.files);
      expect((await verifyEvidence(rest)).changed).toEqual([`${name}: is missing`]);
    }
    const more = { ...bytes(made.files), 'notes.txt': Buffer.from('hello') };
    expect((await verifyEvidence(more)).changed).toEqual(['notes.txt: does not belong to the evidence']);
  });

  test('shows a finding that somebody took out, and a statement that somebody changed, under a new manifest', async () => {
    const { findings } = made.report;
    const [first] = findings;
    const without = forged({
      'report.json': (text) =>
        text
          .split('\n')
          .filter((line) => !line.includes(`"id":"${first?.id}"`))
          .join('\n'),
    });
    const { changed, unfounded } = await verifyEvidence(without);
    expect(changed).toEqual([]);
    expect(unfounded).toContain(
      `finding ${first?.id}, ${first?.subject}: ${first?.kind}: follows, and is missing`,
    );

    const other = forged({ 'account.json': (text) => text.replace('rekognition:', 's3:') });
    expect((await verifyEvidence(other)).unfounded.length).toBeGreaterThan(0);
    for (const name of ['matrix.csv', 'allowed.json', 'not-checked.json', 'suppressions.json', 'README.md']) {
      const file = forged({ [name]: (text) => `${text} ` });
      expect((await verifyEvidence(file)).unfounded).toEqual([`${name}: is not what follows`]);
    }
    const notRead = forged({ 'account.json': (text) => text.replace('"principals"', '"people"') });
    expect((await verifyEvidence(notRead)).unfounded.join()).toMatch(/^it cannot be judged again: /);
  });

  test('has what groups, other versions of policies and identity pools say of who comes to what', async () => {
    const account = 'arn:aws:iam::123456789012';
    const pool = 'eu-west-1:0a1b2c3d-1111-2222-3333-444455556666';
    const own = (name: string, action: string, versionId: string) =>
      ({
        ...policy(name, [{ Effect: 'Allow', Action: action, Resource: '*' }]),
        type: 'customer-managed',
        arn: `${account}:policy/${name}`,
        versionId,
      }) as const;
    const guests = {
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { Federated: 'cognito-identity.amazonaws.com' },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: { 'cognito-identity.amazonaws.com:aud': pool },
          'ForAnyValue:StringLike': { 'cognito-identity.amazonaws.com:amr': 'unauthenticated' },
        },
      },
    };
    const setter = role('setter', [own('kept', 'iam:SetDefaultPolicyVersion', 'v2')]);
    const attaching = {
      Effect: 'Allow',
      Action: 'iam:AttachRolePolicy',
      Resource: '*',
      Condition: { ArnEquals: { 'iam:PolicyARN': `${account}:policy/faces` } },
    } as const;
    const attacher = role('attacher', [policy('attach', [attaching])]);
    const closed = {
      ...role('closed', [own('faces', 'rekognition:DeleteFaces', 'v1')]),
      trust: { name: 'trust policy', type: 'resource', text: JSON.stringify(guests) } as const,
    };
    const beside = {
      groups: () => [{ name: 'none', policies: [] }],
      otherVersions: () => [own('kept', 'rekognition:DeleteFaces', 'v1')],
      managedPolicies: () => [own('faces', 'rekognition:DeleteFaces', 'v1')],
      identityPools: [{ id: pool, allowsGuests: false, allowsClassicFlow: false }],
    };
    const elsewhere = {
      ...beside,
      identityPools: [absentPool(pool)],
    };
    const options = {
      startedAt: '2026-11-24T12:00:00.000Z',
      expectations: { name: 'expectations.yaml', text: 'default: []\n' },
    };
    const of = (all: typeof beside | object) => ({
      accountId: '123456789012',
      partition: 'aws',
      async *principals() {
        yield* [setter, attacher, closed];
      },
      ...all,
    });
    const { files, report } = await makeEvidence(of(beside), options);
    expect(report.findings.map(({ kind, subject }) => `${kind} ${subject}`).sort()).toEqual([
      'excess role/closed',
      'indirect role/attacher',
      'indirect role/setter',
    ]);
    const verified = { changed: [], unfounded: [] };
    expect(await verifyEvidence(bytes(files), await snapshotOf(of(beside)))).toMatchObject(verified);
    for (const other of [{}, elsewhere])
      expect((await verifyEvidence(bytes(files), await snapshotOf(of(other)))).unfounded).toEqual([
        'the account that was given is not the one that was judged',
      ]);
    const ofElsewhere = await makeEvidence(of(elsewhere), options);
    expect(ofElsewhere.report.findings.find(({ kind }) => kind === 'exposed')).toMatchObject({
      reachedBy: `anyone on the internet (guests of Cognito pool ${pool}, if another account has it and it admits any)`,
      remedies: [
        expect.stringContaining('"authenticated"'),
        `Or take Cognito pool ${pool}, which this account does not have, out in statement 1 of the trust policy of role/closed.`,
      ],
    });
    const same = await snapshotOf(of(elsewhere));
    expect(await verifyEvidence(bytes(ofElsewhere.files), same)).toMatchObject(verified);
  });

  test('shows that the account at hand is another one', async () => {
    const other = { ...whole, principals: whole.principals.slice(1) };
    expect((await verifyEvidence(bytes(made.files), other)).unfounded).toEqual([
      'the account that was given is not the one that was judged',
    ]);
  });

  test('says for each allowed access a request that is allowed, and who can become the principal', () => {
    const { principals, allowed } = JSON.parse(made.files['allowed.json'] ?? '');
    expect(principals.length).toBeGreaterThan(10);
    for (const { reachedBy, allowed: at } of principals) {
      expect(reachedBy).not.toBe('');
      for (const { witness, by, actions, doubt } of allowed[at]) {
        expect(actions.length).toBeGreaterThan(0);
        if (doubt !== undefined) continue;
        expect(witness.resource).toMatch(/^(\*|arn:aws:rekognition:)/);
        expect(by.join()).toContain('statement');
      }
    }
  });

  test('says what was not checked and why, and what is accepted by whom', () => {
    const { principals, inconclusive, outOfSight } = JSON.parse(made.files['not-checked.json'] ?? '');
    for (const { why } of [...principals, ...inconclusive]) expect(why).not.toBe('');
    expect(principals.map(({ status }: { status: string }) => status)).toContain('inconclusive');
    expect(outOfSight.length).toBeGreaterThan(3);
    const { suppressions } = JSON.parse(made.files['suppressions.json'] ?? '');
    expect(suppressions).toEqual([
      expect.objectContaining({ owner: 'data@example.com', expired: false, covers: [expect.anything()] }),
      expect.objectContaining({ owner: 'analytics@example.com', expired: true, covers: [] }),
    ]);
  });

  test('of nobody’s expectations says so and verifies', async () => {
    const { files } = await madeWith({ expectations: undefined });
    expect(files['expectations.yaml']).toBeUndefined();
    expect(await verifyEvidence(bytes(files))).toMatchObject({ changed: [], unfounded: [] });
  });

  test('takes a table of controls that the team has edited, and no other file', async () => {
    const [first] = defaultControls;
    const own = [
      { ...first, framework: 'Our | own', control: 'P-1', asks: '', shows: '', in: ['matrix.csv'] },
    ];
    const { files } = await madeWith({
      controls: readControls(JSON.stringify({ controls: own }), 'own.json'),
    });
    expect(files['README.md']).toContain('| Our \\| own | P-1 |');
    expect(await verifyEvidence(bytes(files))).toMatchObject({ changed: [], unfounded: [] });
    expect(readControls(controlsText(defaultControls), 'x')).toEqual(defaultControls);
    expect(() => readControls('{', 'own.json')).toThrow(/^own\.json: not JSON/);
    expect(() => readControls('{"controls":[{}]}', 'own.json')).toThrow(
      /^own\.json: controls\.0\.framework: /,
    );
  });
});

describe('the statements that were judged', () => {
  const statements = [
    { Sid: 'Files', Effect: 'Allow', Action: ['s3:GetObject', 's3:ListBucket'], Resource: '*' },
    { Sid: 'Faces', Effect: 'Allow', Action: 'rekognition:SearchFaces', Resource: '*' },
    { Sid: 'All', Effect: 'Deny', NotAction: 'ec2:*', Resource: '*' },
    { Sid: 'Pass', Effect: 'Allow', Action: 'iam:Pass*', Resource: '*' },
    { Sid: 'Queue', Effect: 'Allow', Action: 'sqs:SendMessage', Resource: 'arn:aws:sqs:*:*:secret-queue' },
  ];
  test.each([undefined, 1, 4])('keep their place when others are left out, with indent %s', (indent) => {
    const text = JSON.stringify({ Version: '2012-10-17', Statement: statements }, null, indent);
    const one = role('one', [policy('mixed', [], { text })]);
    const judged = judgedStatements(new Set()).principal(one).policies[0]?.text ?? '';
    expect(judged).not.toMatch(/s3:|sqs:|secret-queue/);
    const places = (from: string) =>
      parsePolicy(from).statements.map(({ index, start, end, sid }) => ({ index, start, end, sid }));
    const kept = places(text).filter(({ sid }) => sid !== 'Files' && sid !== 'Queue');
    expect(places(judged).filter(({ sid }) => sid !== undefined)).toEqual(kept);
    expect(places(judged)).toHaveLength(5);
    const withFiles = judgedStatements(new Set(['s3'])).principal(one).policies[0]?.text ?? '';
    expect(withFiles).toContain('s3:GetObject');
  });

  test('share the lists of principals alike, as an account does', () => {
    const { principals } = readAccountText(made.files['account.json'] ?? '');
    const lists = new Map(principals.map(({ policies }) => [JSON.stringify(policies), policies]));
    for (const { policies } of principals) expect(policies).toBe(lists.get(JSON.stringify(policies)));
  });
});
