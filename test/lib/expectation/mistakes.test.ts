import { describe, expect, it } from 'vitest';
import { messages } from './fixtures.ts';

const statement = (element: string) =>
  `sets:\n  s:\n    - Effect: Allow\n      Action: rekognition:DeleteFaces\n      Resource: "*"\n      ${element}\ndefault: [s]\n`;
const guard = (body: string) => `guards:\n  g: { ${body} }\n`;
const rule = (body: string) => `principals:\n  - ${body}\n`;

/** YAML, and what is said about it: line, severity and part of the message. */
const mistakes: readonly [what: string, yaml: string, said: readonly RegExp[]][] = [
  ['YAML that does not parse', 'a: [', [/^1: error: not valid YAML: /]],
  ['nesting without end', '['.repeat(20_000), [/^1: error: the file is nested deeper/]],
  ['a duplicate key', 'region: us-east-1\nregion: us-east-1', [/^2: error: not valid YAML: .*unique/]],
  ['an alias without anchor', 'sets: *nowhere', [/^1: error: not .*YAML: .*nowhere/]],
  ['an alias within its anchor', 'default: []\nsets: &a [[*a]]', [/^2: error: &a has \*a in it/]],
  [
    'an alias beside its anchor',
    'default: &a [full-access]\nprincipals: [{ match: role/a, expect: *a }]',
    [],
  ],
  ['a tag of another tool', 'default: !Ref any', [/^1: warning: not plain YAML: .*!Ref/]],
  ['a list as the file', '- a', [/^1: error: expected a mapping, found a list/]],
  ['a text as the file', 'hello', [/^1: error: expected a mapping, found "hello"/]],
  [
    'an unknown section',
    'region: us-east-1\nprinciples: []',
    [/^2: error: unknown key "principles" \(did you mean "principals"\?\)/],
  ],
  ['a key like no other', 'xyz: 1', [/^1: error: unknown key "xyz" \(known keys: region, context, /]],
  [
    'a section of the wrong kind',
    'principals: {}',
    [/^1: error: principals: expected a list, found a mapping/],
  ],
  ['a Region that is none', 'region: mars', [/region: expected a Region such as us-east-1/]],

  [
    'a context key without prefix',
    'context:\n  SourceIp: 1.2.3.4',
    [/^2: error: .*did you mean "aws:SourceIp"/],
  ],
  [
    'a context key that AWS does not have',
    'context:\n  aws:SourceIpp: 1.2.3.4',
    [/^2: warning: .*did you mean "aws:SourceIp"/],
  ],
  [
    'a policy variable in an ARN',
    statement('').replace('"*"', '"arn:aws:rekognition:*:${aws:PrincipalAccount}:collection/*"'),
    [],
  ],
  ['a tag key in the context', 'context:\n  aws:PrincipalTag/team: vision', []],

  [
    'sets without guards beside no list of sets',
    rule('{ match: user/a, expect: any, unguarded: [full-access] }'),
    [/^2: error: principals\[0\].unguarded: stands beside a list of sets under "expect"/],
  ],
  ['a set name with a version', 'sets:\n  s@v1: []', [/^2: error: sets.s@v1: use letters/]],
  ['a reserved set name', 'sets:\n  any: []', [/^2: error: .*meaning of its own/]],
  [
    'a set that hides one of the catalogue',
    'sets:\n  full-access: []',
    [/^2: error: .*is a set of the catalogue/],
  ],
  ['a set that nobody uses', 'sets:\n  s: [full-access]', [/^2: warning: sets.s: the set is never used/]],
  [
    'sets in a circle',
    'sets:\n  a: [b]\n  b:\n    - a',
    [/^4: error: sets.b\[0\]: sets contain each other: a → b → a/],
  ],
  ['a set of nothing known', 'sets:\n  s: [full-acces]', [/^2: error: .*did you mean "full-access"/]],
  ['a set of itself by "any"', 'sets:\n  s: [any]', [/^2: error: .*"any" cannot be part of a set/]],

  [
    'an unknown element',
    statement('Resources: "*"'),
    [/^6: error: sets.s\[0\]: unknown key "Resources" \(did you mean "Resource"\?\)/],
  ],
  [
    'both Action and NotAction',
    statement('NotAction: rekognition:DeleteFaces'),
    [/both Action and NotAction/],
  ],
  [
    'an unknown operator',
    statement('Condition: { IpAdress: { aws:SourceIp: 1.2.3.4 } }'),
    [/unknown condition operator "IpAdress"/],
  ],
  [
    'an address that is none',
    statement('Condition: { IpAddress: { aws:SourceIp: 1.2.3.400 } }'),
    [/^6: error: .*"1.2.3.400" is not an IP address/],
  ],
  [
    'a date that is none',
    statement('Condition: { DateLessThan: { aws:CurrentTime: tomorrow } }'),
    [/"tomorrow" is not a date/],
  ],
  [
    'a condition key that AWS does not have',
    statement('Condition: { Bool: { aws:MultiFactorAuth: true } }'),
    [/^6: warning: .*did you mean "aws:MultiFactorAuth(Age|Present)"/],
  ],
  [
    'a condition key of Rekognition',
    statement('Condition: { StringLike: { rekognition:CollectionId: x } }'),
    [/^6: warning: .*no condition keys of its own/],
  ],
  [
    'a condition key of another service',
    statement('Condition: { StringEquals: { kms:ViaService: x } }'),
    [/^6: warning: .*"kms:ViaService" is never set in requests to Rekognition/],
  ],
  [
    'effect in lower case',
    'sets:\n  s:\n    - { Effect: allow, Action: "*", Resource: "*" }',
    [/^3: error: .*expected Allow or Deny, found "allow"/],
  ],
  [
    'an action that has no resources',
    'sets:\n  s:\n    - Effect: Allow\n      Action: [rekognition:DetectText, rekognition:CreateCollection]\n      Resource: arn:aws:rekognition:*:*:collection/a\ndefault: s',
    [/^4: warning: .*rekognition:DetectText has no resource type/],
  ],
  [
    'a Sid twice',
    'sets:\n  s:\n    - { Sid: a, Effect: Allow, Action: "*", Resource: "*" }\n    - { Sid: a, Effect: Allow, Action: "*", Resource: "*" }',
    [/^2: error: sets.s: the Sid "a" is used twice/],
  ],
  [
    'an action that does not exist',
    'sets:\n  s:\n    - Effect: Allow\n      Resource: "*"\n      Action:\n        - rekognition:DeleteFace',
    [/^5: error: .*no action "DeleteFace" \(did you mean "DeleteFaces"\?\)/],
  ],
  [
    'an action pattern that matches nothing',
    'sets:\n  s:\n    - { Effect: Allow, Resource: "*", Action: "rekognition:Remove*" }',
    [/matches none of Rekognition's 76 actions/],
  ],
  [
    'an action without service',
    'sets:\n  s:\n    - { Effect: Allow, Resource: "*", Action: deletefaces }',
    [/write rekognition:DeleteFaces/],
  ],
  [
    'a mistyped service',
    'sets:\n  s:\n    - { Effect: Allow, Resource: "*", Action: "rekogniton:*" }',
    [/unknown service "rekogniton".*did you mean "rekognition"/],
  ],
  [
    'an action of another service',
    'sets:\n  s:\n    - { Effect: Allow, Resource: "*", Action: "s3:GetObject" }\ndefault: s',
    [],
  ],
  [
    'a statement without resource',
    'sets:\n  s:\n    - { Effect: Allow, Action: "rekognition:*" }',
    [/^3: error: .*neither Resource nor NotResource/],
  ],
  [
    'a resource of no kind',
    'sets:\n  s:\n    - { Effect: Allow, Action: "*", Resource: "arn:aws:rekognition:*:*:collections/*" }',
    [/"collections" is none of collection, project, streamprocessor.*did you mean "collection"/],
  ],
  [
    'a resource that is no ARN',
    'sets:\n  s:\n    - { Effect: Allow, Action: "*", Resource: "collection/x" }',
    [/is not a resource/],
  ],

  ['a guard without condition', guard('actions: "*"'), [/^2: error: guards.g: a guard needs a condition/]],
  ['a guard switched off', guard('mfa: false'), [/^2: error: guards.g.mfa: expected true, found "?false/]],
  ['a guard of two kinds of cover', guard('tls: true, actions: "*", access-levels: [Write]'), [/not both/]],
  [
    'a guard of an unknown level',
    guard('tls: true, access-levels: [Wirte]'),
    [/expected List, Read, Write, .*, found "Wirte"/],
  ],
  [
    'a guard of a level that no action has',
    guard('tls: true, access-levels: [Permissions management]'),
    [/no action of these levels/],
  ],
  ['a guard of an unknown action', guard('tls: true, actions: [rekognition:Fly]'), [/no action "Fly"/]],
  [
    'a range that is none',
    guard('source-ip: 198.51.100.0/33'),
    [/"198.51.100.0\/33" is not an IP address or CIDR range/],
  ],
  ['a day that does not exist', guard('between: [2026-02-30, 2026-12-31]'), [/neither a day nor a moment/]],
  [
    'a window that ends before it starts',
    guard('between: [2026-12-31, 2026-01-01]'),
    [/2026-12-31 is after 2026-01-01/],
  ],
  [
    'a window without end',
    guard('between: [2026-12-31]'),
    [/guards.g.between: expected exactly two entries/],
  ],
  [
    'one demand twice',
    guard('tls: true, condition: { Bool: { aws:SecureTransport: true } }'),
    [/demanded twice/],
  ],
  ['a guard on what the context does not say', guard('source-ip: 198.51.100.0/24'), []],
  [
    'a guard that the normal request does not meet',
    `context:\n  aws:MultiFactorAuthPresent: false\n${guard('mfa: true')}`,
    [/^4: warning: .*aws:MultiFactorAuthPresent is "false"/],
  ],
  ['a guard on who asks', guard('condition: { StringEquals: { aws:PrincipalTag/team: vision } }'), []],

  [
    'a mistyped rule key',
    rule('{ mach: role/x, expect: [] }'),
    [/^2: error: principals\[0\].match: is missing/, /unknown key "mach" \(did you mean "match"\?\)/],
  ],
  [
    'a rule without expect',
    rule('match: role/x'),
    [/^2: error: principals\[0\].expect: is missing; expected a list or text/],
  ],
  ['an empty expect', rule('match: role/x\n    expect:'), [/^3: error: .*found nothing/]],
  ['"any" in a list', rule('{ match: role/x, expect: [any] }'), [/write "expect: any"/]],
  ['"nothing"', rule('{ match: role/x, expect: nothing }'), [/for nothing, write \[\]/]],
  [
    'a policy that allows nothing in Rekognition',
    rule('{ match: role/x, expect: AmazonPollyFullAccess }'),
    [/unknown set "AmazonPollyFullAccess".*statements under "sets", or "expect: any"/],
  ],
  [
    'a version that does not exist',
    rule('{ match: role/x, expect: [AmazonRekognitionReadOnlyAccess@v0] }'),
    [/no version "v0"; versions: v1, v2/],
  ],
  [
    'a SAM policy template without its parameter',
    rule('{ match: role/x, expect: [RekognitionReadPolicy] }'),
    [/needs its CollectionId: write "RekognitionReadPolicy\(visitors\)"/],
  ],
  [
    'a parameter for a set that has none',
    rule('{ match: role/x, expect: [RekognitionFacesPolicy(visitors)] }'),
    [/RekognitionFacesPolicy has no parameter/],
  ],
  [
    'a SAM policy template that grants nothing',
    rule('{ match: role/x, expect: [RekognitionNoDataAccessPolicy(visitors)] }'),
    [/warning: .*grants nothing/],
  ],
  [
    'a mistyped policy with a version',
    rule('{ match: role/x, expect: [AmazonRekogntionReadOnlyAccess@v4] }'),
    [/did you mean "AmazonRekognitionReadOnlyAccess"/],
  ],
  [
    "a mistake in a rule's own guard",
    rule('{ match: role/x, expect: [], guards: [{ tls: true }, { source_ip: 198.51.100.0/24 }] }'),
    [/^2: error: .*guards\[1\]: unknown key "source_ip" \(did you mean "source-ip"/],
  ],
  [
    "a range of a rule's own guard",
    rule('{ match: role/x, expect: [], guards: [{ source-ip: 198.51.100.0/33 }] }'),
    [/^2: error: principals\[0\].guards\[0\].source-ip: "198.51.100.0\/33" is not an IP/],
  ],
  [
    "a rule's own guard that the normal request contradicts",
    `context: { aws:MultiFactorAuthPresent: false }\n${rule('{ match: role/x, expect: [], guards: [{ mfa: true }] }')}`,
    [/^3: warning: principals\[0\].guards\[0\]: .*aws:MultiFactorAuthPresent is "false"/],
  ],
  [
    'an unknown guard',
    `${guard('tls: true')}${rule('{ match: role/x, expect: [], guards: [h1] }')}`,
    [/^4: error: .*unknown guard "h1"/],
  ],
  ['a pattern of nobody', rule('{ match: roles/x, expect: [] }'), [/^2: error: .*did you mean "role"/]],
  [
    'an account id that is none',
    rule('{ match: "arn:aws:iam::11112222333:role/x", expect: [] }'),
    [/"11112222333" is no account id/],
  ],
  [
    'a partition that is none',
    rule('{ match: { arn: "arn:asw:iam::*:role/x" }, expect: [] }'),
    [/no partition is called "asw"/],
  ],
  ['an ARN of any account', rule('{ match: "arn:aws*:iam::*:role/x", expect: [] }'), []],
  ['a name alone', rule('{ match: analyst, expect: [] }'), [/names neither users nor roles/]],
  [
    'a session ARN',
    rule('{ match: "arn:aws:sts::123456789012:assumed-role/x/y", expect: [] }'),
    [/session's ARN/],
  ],
  [
    'an ARN of something else',
    rule('{ match: "arn:aws:iam::123456789012:group/x", expect: [] }'),
    [/matches no IAM user or role/],
  ],
  ['user and role at once', rule('{ match: { user: a, role: b }, expect: [] }'), [/nobody is both/]],
  ['an empty match', rule('{ match: {}, expect: [] }'), [/would match everybody/]],
  [
    'a path without slashes',
    rule('{ match: { path: team }, expect: [] }'),
    [/a path starts and ends with "\/"/],
  ],
  [
    'a match of a wrong kind',
    rule('{ match: [[]], expect: [] }'),
    [/expected text or a mapping, found a list/],
  ],

  [
    'a suppression without owner',
    'suppress:\n  - { principal: role/x, actions: "*", reason: r, until: 2026-12-31 }',
    [/^2: error: suppress\[0\].owner: is missing; expected text/],
  ],
  [
    'a suppression without a word',
    'suppress:\n  - { principal: role/x, actions: "*", reason: "", owner: "", until: 2026-12-31 }',
    [/reason: write why/, /owner: write who answers/],
  ],
  [
    'a suppression of nobody',
    'suppress:\n  - { actions: "*", reason: r, owner: o, until: 2026-12-31 }',
    [/^2: error: suppress\[0\]: write whom it is about \("principal"\), or the id of one finding/],
  ],
  [
    'a suppression of nothing',
    'suppress:\n  - { principal: role/x, reason: r, owner: o, until: 2026-12-31 }',
    [/^2: error: suppress\[0\]: write "actions", or the id of one finding/],
  ],
  [
    'a suppression of what is no finding',
    'suppress:\n  - { finding: role/x, reason: r, owner: o, until: 2026-12-31 }',
    [/^2: error: suppress\[0\].finding: expected the id of a finding/],
  ],
  [
    'a suppression of an unknown action',
    'suppress:\n  - { principal: role/x, actions: [rekognition:Fly], reason: r, owner: o, until: 2026-12-31 }',
    [/no action "Fly"/],
  ],
  [
    'a suppression of another service',
    'suppress:\n  - { principal: role/x, actions: [s3:GetObject], reason: r, owner: o, until: 2026-12-31 }',
    [],
  ],
  [
    'a suppression until never',
    'suppress:\n  - { principal: role/x, actions: "*", reason: r, owner: o, until: never }',
    [/"never" is not a day/],
  ],
];

describe('mistakes are told with their line', () => {
  it.each(mistakes)('%s', (_what, yaml, said) => {
    const found = messages(yaml);
    for (const pattern of said)
      expect(found).toEqual(expect.arrayContaining([expect.stringMatching(pattern)]));
    expect(found).toHaveLength(said.length);
  });

  it('tells those of different places at once, in the order of the file', () => {
    const found = messages(
      'regio: x\nsets:\n  s: [nope-nope]\nguards:\n  g: { mfa: 3 }\nprincipals:\n  - x\n  - { match: role/y, expect: [s, t7] }\n',
    );
    expect(found.map((line) => line.slice(0, 2))).toEqual(['1:', '3:', '5:', '7:', '8:']);
  });
});

it('tells all mistakes of a statement at once', () => {
  const text = `sets:
  s:
    - Effect: Allow
      Action: rekognition:DetectFacez
      Resource: "*"
      Condition:
        StringEqual: { "aws:username": a }
        IpAddress: { "aws:SourceIp": 10.0.0.0/33 }
        Bool: { "aws:SecureTransport": "yes" }
principals: [{ match: role/a, expect: [s] }]
`;
  expect(messages(text)).toEqual([
    expect.stringContaining('no action "DetectFacez"'),
    expect.stringContaining('unknown condition operator "StringEqual"'),
    expect.stringContaining('"10.0.0.0/33" is not an IP address'),
    expect.stringContaining('"yes" is not true or false'),
  ]);
});
