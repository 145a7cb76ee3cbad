import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { eventsOf } from '#cli/event-files.ts';
import { readAnswer } from '#test/support/answers.ts';
import { file, folder, run, sampleAccount } from './program.ts';

const account = '123456789012';
const day = (back: number) => new Date(Date.now() - back * 86_400_000).toISOString();
const record = (eventName: string, requestParameters: object | null, more: object = {}) => ({
  eventVersion: '1.11',
  eventSource: 'rekognition.amazonaws.com',
  eventName,
  eventTime: day(3),
  awsRegion: 'us-east-1',
  recipientAccountId: account,
  requestParameters,
  userIdentity: {
    type: 'AssumedRole',
    arn: `arn:aws:sts::${account}:assumed-role/payroll-export/nightly`,
    sessionContext: {
      sessionIssuer: { arn: `arn:aws:iam::${account}:role/payroll-export`, userName: 'payroll-export' },
    },
  },
  ...more,
});
const records = [
  record('ListFaces', { collectionId: 'payroll-"2026' }),
  record('DeleteFaces', { collectionId: 'payroll-2025' }, { eventTime: day(200) }),
  record('DetectText', { image: { s3Object: { bucket: 'b', name: 'name' } } }),
  record('CreateCollection', { collectionId: 'other' }, { errorCode: 'AccessDeniedException' }),
  record('ListFaces', { collectionId: '*' }, { errorCode: 'InvalidParameterException' }),
  { ...record('DescribeVpcs', null), eventSource: 'ec2.amazonaws.com' },
  record(
    'ListFaces',
    { collectionId: 'x' },
    { userIdentity: { type: 'Root', arn: `arn:aws:iam::${account}:root` } },
  ),
];

const forms: Readonly<Record<string, string>> = {
  CloudTrail: JSON.stringify({ Records: records }, null, 1),
  'lines of JSON': records.map((one) => JSON.stringify(one)).join('\n'),
  'a list': JSON.stringify(records),
  EventBridge: records
    .map((detail) => JSON.stringify({ 'detail-type': 'AWS API Call via CloudTrail', detail }))
    .join('\n'),
  'lookup-events': JSON.stringify({
    Events: records.map((one) => ({ EventId: 'e', CloudTrailEvent: JSON.stringify(one) })),
  }),
  Athena: records
    .map((one) =>
      JSON.stringify(
        Object.fromEntries(
          Object.entries(one).map(([key, value]) => [
            key.toLowerCase(),
            typeof value === 'object' && value !== null ? JSON.stringify(value) : value,
          ]),
        ),
      ),
    )
    .join('\n'),
};

test.each(Object.entries(forms))('propose reads %s, packed too', async (_, text) => {
  const packed = join(folder(), 'events.json.gz');
  writeFileSync(packed, gzipSync(text));
  for (const path of [file('events.json', text), packed]) {
    const { code, stdout, stderr } = await run(['propose', 'role/payroll-export', '--events', path]);
    expect(JSON.parse(stdout).Statement).toEqual([
      {
        Effect: 'Allow',
        Action: 'rekognition:ListFaces',
        Resource: `arn:aws:rekognition:us-east-1:${account}:collection/payroll-"2026`,
      },
      {
        Effect: 'Allow',
        Action: 'rekognition:DeleteFaces',
        Resource: `arn:aws:rekognition:us-east-1:${account}:collection/payroll-2025`,
      },
      { Effect: 'Allow', Action: 'rekognition:DetectText', Resource: '*' },
    ]);
    expect(stderr).toMatch(
      /3 events on 2 days, from\n[\d-]+ to [\d-]+\nnot proposed: 2 calls that failed\nresources: /,
    );
    expect(code).toBe(0);
  }
});

const csv = (rows: readonly Readonly<Record<string, string>>[]): string => {
  const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
  const names = Object.keys(rows[0] ?? {});
  return [names, ...rows.map((row) => names.map((name) => row[name] ?? ''))]
    .map((cells) => cells.map(quoted).join(','))
    .join('\n');
};
const athenaRow = (one: (typeof records)[number]) => ({
  eventversion: '1.11',
  useridentity: `{type=AssumedRole, principalid=AROAEXAMPLE:nightly, arn=${one.userIdentity.arn}, invokedby=null, sessioncontext={attributes={mfaauthenticated=false}, sessionissuer={type=Role, arn=arn:aws:iam::${account}:role/payroll-export, username=payroll-export}}}`,
  eventtime: one.eventTime,
  eventsource: one.eventSource,
  eventname: one.eventName,
  awsregion: one.awsRegion,
  errorcode: 'errorCode' in one ? String(one.errorCode) : '',
  requestparameters: JSON.stringify(one.requestParameters),
  recipientaccountid: account,
});

test('propose tells of operations that are not in the catalogue', async () => {
  const moods = [record('DetectMoods', null), record('DetectMoods', null), record('DetectText', null)];
  const failed = record('DetectAuras', null, { errorCode: 'AccessDenied' });
  const path = file('new.json', JSON.stringify({ Records: [...moods, failed] }));
  const { code, stdout, stderr } = await run(['propose', 'role/payroll-export', '--events', path]);
  expect(stdout).not.toContain('Moods');
  expect(stderr.replace(/\s+/g, ' ')).toContain('is not known here: DetectMoods (2 calls) ');
  expect(stderr).not.toContain('Auras');
  expect(code).toBe(2);
});

test('propose reads the CSV of an Athena query, packed too', async () => {
  const text = csv(records.slice(0, 6).map(athenaRow));
  const packed = join(folder(), 'events.csv.gz');
  writeFileSync(packed, gzipSync(text));
  for (const path of [file('events.csv', text), packed]) {
    const { code, stdout, stderr } = await run(['propose', 'role/payroll-export', '--events', path]);
    expect(JSON.parse(stdout).Statement).toHaveLength(3);
    expect(stdout).toContain('collection/payroll-2025');
    expect(stderr).toMatch(/3 events on 2 days/);
    expect(code).toBe(0);
  }
});

test("in the CSV of a Lake query, parameters that are a struct's text name nothing, and times are Lake's own", async () => {
  const [first] = records;
  if (first === undefined) throw new Error('no record');
  const row = {
    ...athenaRow(first),
    eventtime: '2026-11-02 10:00:00.000',
    requestparameters: '{collectionId=a, image={"name":"x, collectionId=b"}}',
  };
  const path = file('lake.csv', csv([row]));
  const { stdout, stderr } = await run(['propose', 'role/payroll-export', '--events', path]);
  expect(JSON.parse(stdout).Statement).toEqual([
    { Effect: 'Allow', Action: 'rekognition:ListFaces', Resource: '*' },
  ]);
  expect(stderr).toMatch(/from\s+2026-11-02\s+to\s+2026-11-02/);
});

test('propose generalises many names by a rule that it shows', async () => {
  const many = Array.from({ length: 12 }, (_, at) => record('ListFaces', { collectionId: `visitors-${at}` }));
  const version = 'arn:aws:rekognition:us-east-1:123456789012:project/logos/version/v1/1700000000000';
  const path = file(
    'events.json',
    JSON.stringify({ Records: [...many, record('DetectCustomLabels', { projectVersionArn: version })] }),
  );
  const { stdout } = await run(['propose', 'role/payroll-export', '--events', path, '--format', 'json']);
  expect(readAnswer(stdout)).toMatchObject({
    evidence: { events: 13, days: 1 },
    rule: expect.stringMatching(/common beginning/),
    policy: {
      Statement: [
        {
          Action: 'rekognition:ListFaces',
          Resource: `arn:aws:rekognition:us-east-1:${account}:collection/visitors-*`,
        },
        { Action: 'rekognition:DetectCustomLabels', Resource: version.replace(/\d+$/, '*') },
      ],
    },
  });
});

test('unused tells what is granted and not used, and how far the events go back', async () => {
  const path = file('events.json', forms.CloudTrail ?? '');
  const args = ['unused', '--events', path, ...sampleAccount, '--format', 'json'];
  const covered = readAnswer((await run(args)).stdout);
  const of = (answer: Record<string, unknown>) =>
    (answer.principals as { subject: string; unused: string[] }[]).find(
      ({ subject }) => subject === 'role/payroll-export',
    )?.unused;
  expect(covered).toMatchObject({ covered: true });
  expect(of(covered)).toEqual(['rekognition:DeleteFaces', 'rekognition:DescribeCollection']);
  const longer = await run([...args, '--days', '365']);
  expect(readAnswer(longer.stdout)).toMatchObject({ covered: false });
  expect(of(readAnswer(longer.stdout))).toEqual(['rekognition:DescribeCollection']);
  expect(longer.code).toBe(2);
  const text = await run(['unused', '--events', path, ...sampleAccount]);
  expect(text.stdout).toMatch(
    /\nrole\/payroll-export\n {2}critical {2}2 of 3: DeleteFaces, DescribeCollection\n/,
  );
  const none = await run(['unused', '--events', file('none.json', '[]'), ...sampleAccount]);
  expect(none).toMatchObject({ code: 2, stdout: expect.stringMatching(/^There is no event of Rekognition/) });
});

test('events come one by one, however the file is cut into pieces', async () => {
  const many = Array.from({ length: 3_000 }, (_, at) => record('ListFaces', { collectionId: `"{[${at}\\` }));
  const path = file('events.json', JSON.stringify({ Records: many }));
  let count = 0;
  for await (const event of eventsOf([path])) expect(event).toEqual(many[count++]);
  expect(count).toBe(3_000);
});

test('a broken CSV is refused in one line', async () => {
  const broken = file('events.csv', 'eventname,awsregion\n"ListFaces');
  const { code, stderr } = await run(['propose', 'role/x', '--events', broken]);
  expect(stderr).toMatch(/^error: .*events\.csv: .*quote/i);
  expect(stderr).not.toMatch(/\n +at /);
  expect(code).toBe(3);
});

test.each([
  ['{"Records":[{"a":1}', /ends in the midst/],
  ['{"Records":[{"a":}]}', /JSON/],
])('a broken file is refused in one line: %s', async (text, message) => {
  const { code, stderr } = await run(['propose', 'role/x', '--events', file('events.json', text)]);
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/\n +at /);
  expect(code).toBe(3);
});

test('what is not there is said', async () => {
  expect(await run(['propose', 'role/x', '--events', 'none.json'])).toMatchObject({ code: 3 });
  expect(await run(['propose', 'role/x', '--events', file('events.json', '[]')])).toMatchObject({
    code: 3,
    stderr: 'error: no event in these files is of role/x\n',
  });
});
