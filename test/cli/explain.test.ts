import { describe, expect, test } from 'vitest';
import { accountOf, file, run, sample } from './program.ts';

describe('explain, of a file', () => {
  test.each([
    ['boundary', ['role/shop-search', 'SearchFacesByImage']],
    ['source-ip', ['role/returns-desk', 'SearchFacesByImage']],
    ['scp', ['role/video-lab', 'rekognition:startstreamprocessor']],
    ['guard', ['user/tomas', 'StartProjectVersion']],
    ['explicit', ['user/photo-editor', 'SearchFaces']],
    ['tag', ['role/store-vision', 'SearchFaces']],
    ['administrator', ['user/alice', 'DeleteFaces']],
  ])('%s', async (name, args) => {
    const { code, stdout, stderr } = await run(['explain', ...args, ...sample]);
    expect(stderr).toBe('');
    await expect(stdout).toMatchFileSnapshot(`golden/explain-${name}.txt`);
    expect(code).toBe(0);
  });

  const desk = ['explain', 'role/returns-desk', 'SearchFacesByImage', ...sample];

  test("a resource and a context of one's own", async () => {
    const inside = ['--resource', 'collection/customers-2026', '--context', 'aws:sourceip=198.51.100.7'];
    const { stdout } = await run([...desk, ...inside]);
    expect(stdout).toMatch(/on collection\/customers-2026, with aws:sourceip 198\.51\.100\.7: ALLOWED/);
    const outside = await run([...desk, '--resource', 'collection/customers-2026']);
    expect(outside.stdout).toMatch(/on collection\/customers-2026: DENIED \(implicit, identity\)/);
    expect(outside.stdout).toMatch(/allows, but only from\s+198\.51\.100\.0\/24 \(asked: 203\.0\.113\.10\)/);
    expect(outside.stdout).toContain('It would be allowed from 198.51.100.0/24.');
  });

  test('a key left out of the context', async () => {
    const { stdout } = await run([
      ...desk,
      '--resource',
      'collection/customers-1',
      '--context',
      'aws:SourceIp=',
    ]);
    expect(stdout).toContain('without aws:SourceIp: DENIED');
    expect(stdout).toContain('(asked: absent)');
  });

  test('an ARN of another Region is asked about there', async () => {
    const resource = 'arn:aws:rekognition:eu-west-1:123456789012:collection/customers-1';
    const { stdout } = await run([...desk, '--resource', resource]);
    expect(stdout).toContain('with aws:RequestedRegion eu-west-1: DENIED');
  });

  test('a policy that IAM would not take: exit 2', async () => {
    const { code, stdout } = await run(['explain', 'role/kiosk-prototype', 'DetectFaces', ...sample]);
    expect(stdout).toMatch(/INCONCLUSIVE\n {2}policy "kiosk", line 6, column 23: Effect must be/);
    expect(code).toBe(2);
  });

  test('what others wrote cannot act on the terminal', async () => {
    const document = {
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: 'rekognition:*', Resource: '*' },
    };
    const account = file('a.json', accountOf([{ PolicyName: '\u001b[2J\u202e', PolicyDocument: document }]));
    const { stdout } = await run(['explain', 'role/quiet', 'DetectFaces', '--account-details', account]);
    expect(stdout).toContain('inline policy "\\u{1b}[2J\\u{202e}"');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });
});

describe('explain: what cannot be used is said in a line, with exit 3', () => {
  test.each([
    [
      'an unknown action',
      ['role/analyst', 'DeletFaces'],
      /no action "DeletFaces" \(did you mean "DeleteFaces"\?\)/,
    ],
    ['a wildcard', ['role/analyst', 'rekognition:*'], /without wildcards/],
    ['an unknown principal', ['user/tom', 'DetectFaces'], /no user "tom"/],
    ['a near principal', ['user/tomass', 'DetectFaces'], /did you mean "user\/tomas"\?/],
    [
      'an unknown key',
      ['user/tomas', 'DetectFaces', '--context', 'aws:SourceIpp=1'],
      /did you mean "aws:SourceIp"\?/,
    ],
    ['no value', ['user/tomas', 'DetectFaces', '--context', 'aws:SourceIp'], /write KEY=VALUE/],
    [
      'a resource of the wrong type',
      ['user/tomas', 'DeleteFaces', '--resource', 'project/x/1'],
      /it takes collection\/NAME/,
    ],
    [
      'a resource where there is none',
      ['user/tomas', 'DetectFaces', '--resource', 'collection/x'],
      /leave --resource out/,
    ],
    [
      'a resource with a wildcard',
      ['user/tomas', 'DeleteFaces', '--resource', 'collection/*'],
      /without wildcards/,
    ],
    ['no action', ['user/tomas'], /missing required argument 'action'/],
  ] as const)('%s', async (_, args, words) => {
    const { code, stdout, stderr } = await run(['explain', ...args, ...sample]);
    expect(stderr).toMatch(words);
    expect(stdout).toBe('');
    expect(code).toBe(3);
  });
});
