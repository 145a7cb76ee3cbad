/** Conditions that no request of a user or role can meet, each beside a twin that one can. */
import { describe, expect, it } from 'vitest';
import { PolicyCompiler } from '../../src/compile.ts';
import { decide } from '../../src/evaluate.ts';
import { sessionFreedom } from '../../src/session-freedom.ts';
import { type Session, type SessionKind, sessionForms } from '../../src/sessions.ts';
import { accessOf } from '../../src/solver/cases.ts';
import { Problem } from '../../src/solver/problem.ts';
import type { SearchSpace } from '../../src/solver/space.ts';
import { textForm } from '../../src/solver/text-patterns.ts';

const action = 'rekognition:DetectFaces';
const known = { 'aws:PrincipalArn': 'arn:aws:iam::111122223333:role/app' };

function compiled(Condition: unknown) {
  const text = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: action, Resource: '*', Condition }],
  });
  return new PolicyCompiler([action]).compileSet({ identity: [{ name: 'one', type: 'inline', text }] });
}

/** Whether a condition can be met: shown by a request that the evaluator allows, or excluded. */
function canBe(Condition: unknown, space: Partial<SearchSpace> = {}): boolean {
  const set = compiled(Condition);
  const problem = new Problem({ resource: '*', known, ...space });
  const found = problem.find(problem.formulaOf(set, action).allowed);
  expect(found).not.toBe('gave-up');
  if (typeof found !== 'object') return false;
  const context = { ...found.context, ...known };
  expect(decide(set, { action, resource: '*', context }).decision).toBe('allowed');
  return true;
}

const repeated = (text: string, times: number) => text.repeat(times);

describe('what no request has', () => {
  const pairs: readonly [name: string, never: unknown, twin: unknown][] = [
    [
      'a service principal',
      { StringLike: { 'aws:PrincipalServiceName': '*' } },
      { StringNotLike: { 'aws:PrincipalServiceName': '*' } },
    ],
    [
      'a service that asks',
      { Bool: { 'aws:PrincipalIsAWSService': 'true' } },
      { Bool: { 'aws:PrincipalIsAWSService': 'false' } },
    ],
    [
      'an age of MFA below zero',
      { NumericLessThan: { 'aws:MultiFactorAuthAge': '0' } },
      { NumericLessThan: { 'aws:MultiFactorAuthAge': '1' } },
    ],
    [
      'an age of MFA between two numbers below zero',
      {
        NumericGreaterThan: { 'aws:MultiFactorAuthAge': '-5' },
        NumericLessThan: { 'aws:MultiFactorAuthAge': '-1' },
      },
      {
        NumericGreaterThan: { 'aws:MultiFactorAuthAge': '-5' },
        NumericLessThan: { 'aws:MultiFactorAuthAge': '5' },
      },
    ],
    [
      'a tag value that is too long',
      { StringLike: { 'aws:ResourceTag/team': repeated('?', 257) } },
      { StringLike: { 'aws:ResourceTag/team': repeated('?', 256) } },
    ],
    [
      'a tag key that is too long',
      { StringLike: { [`aws:RequestTag/${repeated('k', 129)}`]: '*' } },
      { StringLike: { [`aws:RequestTag/${repeated('k', 128)}`]: '*' } },
    ],
    [
      'a resource of somebody else',
      { StringEquals: { 'aws:ResourceAccount': '999999999999' } },
      { StringEquals: { 'aws:ResourceAccount': '111122223333' } },
    ],
    [
      'two times at once',
      {
        DateLessThan: { 'aws:CurrentTime': '2026-01-01T00:00:00Z' },
        NumericGreaterThan: { 'aws:EpochTime': '1767225600' },
      },
      {
        DateLessThan: { 'aws:CurrentTime': '2026-01-01T00:00:01Z' },
        NumericGreaterThanEquals: { 'aws:EpochTime': '1767225600' },
      },
    ],
    [
      'two times at once, as dates',
      {
        DateEquals: { 'aws:CurrentTime': '2026-01-01T00:00:00.500Z' },
        DateNotEquals: { 'aws:EpochTime': '2026-01-01T00:00:00Z' },
      },
      {
        DateEquals: { 'aws:CurrentTime': '2026-01-01T00:00:00.500Z' },
        DateLessThan: { 'aws:EpochTime': '2026-01-01T00:00:00.250Z' },
      },
    ],
  ];
  it.each(pairs)('%s', (_, never, twin) => {
    expect(canBe(never)).toBe(false);
    expect(canBe(twin)).toBe(true);
  });

  const companions: readonly [name: string, condition: unknown][] = [
    [
      'a time that only a variable of its companion leads to',
      {
        StringEquals: { 'my:text': '${aws:EpochTime}' },
        DateLessThan: { 'my:text': '0001-01-01T00:00:00Z' },
        Null: { 'aws:CurrentTime': 'false' },
      },
    ],
    [
      'the same with both as variables',
      {
        StringEquals: { 'aws:TokenIssueTime': '${aws:EpochTime}', 'my:text': '${aws:CurrentTime}' },
        DateEquals: { 'aws:TokenIssueTime': '0001-01-01T00:00:00Z' },
        Null: { 'aws:CurrentTime': 'false' },
      },
    ],
    [
      'an organization that only a variable of its companion leads to',
      {
        StringEquals: { 'aws:SourceVpce': 'o-1${aws:ResourceOrgID}' },
        StringLike: { 'aws:SourceVpce': 'o-1b*' },
        Null: { 'aws:PrincipalOrgID': 'false' },
      },
    ],
    [
      'a variable beside a key whose companion is tested',
      { StringLike: { 'aws:ResourceOrgID': '${aws:SourceVpce}', 'aws:PrincipalOrgID': 'o-1' } },
    ],
  ];
  it.each(companions)('does not go for %s', (_, condition) => {
    const problem = new Problem({ resource: '*', known });
    expect(problem.find(problem.formulaOf(compiled(condition), action).allowed)).not.toBe('none');
  });

  it.each([
    ['half a second', { DateGreaterThan: { 'aws:CurrentTime': '1970-01-01T00:00:01.5Z' } }],
    ['the end of a second', { DateGreaterThan: { 'aws:CurrentTime': '1970-01-01T00:00:01.998Z' } }],
    [
      'what lies between two moments of a second',
      {
        DateGreaterThan: { 'aws:CurrentTime': '1970-01-01T00:00:01.2Z' },
        DateLessThan: { 'aws:CurrentTime': '1970-01-01T00:00:01.4Z' },
      },
    ],
    ['a known second', { DateEquals: { 'aws:CurrentTime': '1970-01-01T00:00:01Z' } }],
  ])('%s can be where only the second is known', (_, condition) => {
    const at = (epoch: string) => new Problem({ resource: '*', known: { ...known, 'aws:EpochTime': epoch } });
    const find = (problem: Problem) => problem.find(problem.formulaOf(compiled(condition), action).allowed);
    const time = expect.stringMatching(/^1970-01-01T00:00:01/);
    expect(find(at('1'))).toMatchObject({ context: { 'aws:CurrentTime': time } });
    expect(find(at('0'))).toBe('none');
  });

  it('is never said for want of effort', () => {
    const resource = [{ pattern: textForm(['arn:aws:x:', { someOf: 'ab' }]), hints: [] }];
    const conditions = [
      { StringLike: { 'my:text': 'a*b*c' } },
      { StringEquals: { 'my:text': '${aws:EpochTime}' }, Null: { 'aws:CurrentTime': 'false' } },
    ];
    const found = conditions.flatMap((condition) =>
      Array.from({ length: 60 }, (_, step) => {
        const problem = new Problem({ resource, known }, { left: step * 5 });
        return problem.search(problem.formulaOf(compiled(condition), action).allowed).kind;
      }),
    );
    expect(new Set(found)).toEqual(new Set(['unsettled', 'witness']));
    const until = performance.now() + 0.05;
    const spent = new Problem({ resource, known }, { left: 1e9, until });
    const { allowed } = spent.formulaOf(compiled({ StringLike: { 'my:text': 'a*b*c' } }), action);
    expect(spent.search(allowed).kind).not.toBe('none');
  });

  it('an empty value of a key that is never empty', () => {
    expect(canBe({ StringEquals: { 'aws:SourceVpce': '' } })).toBe(false);
    expect(canBe({ 'ForAnyValue:StringEquals': { 'aws:TagKeys': '' } })).toBe(false);
    expect(canBe({ StringEquals: { 'aws:RequestTag/team': '' } })).toBe(true);
  });

  it('a number in a tag that is only short with an exponent can be', () => {
    expect(canBe({ NumericEquals: { 'aws:RequestTag/size': '1e308' } })).toBe(true);
  });

  it('the key of a tag in another case can be', () => {
    const lacksLowerCase = {
      'ForAllValues:StringNotLike': { 'aws:TagKeys': '*a*' },
      StringEquals: { 'aws:RequestTag/team': 'x' },
    };
    expect(canBe(lacksLowerCase)).toBe(true);
    const lacksAnyCase = {
      ...lacksLowerCase,
      'ForAllValues:StringNotEqualsIgnoreCase': { 'aws:TagKeys': 'team' },
    };
    expect(canBe(lacksAnyCase)).toBe(false);
  });

  it('another time than the known one', () => {
    const at = (time: string) => ({ ...known, 'aws:CurrentTime': time });
    const later = { NumericGreaterThan: { 'aws:EpochTime': '1767225600' } };
    expect(canBe(later, { known: at('2026-01-01T00:00:00Z') })).toBe(false);
    expect(accessOf(compiled(later), action, { resource: '*', known: at('2026-01-01T00:00:01Z') })).toBe(
      'full',
    );
  });
});

describe('what no session has', () => {
  const session = (kind: SessionKind, chosen: Session['chosen'] = []): Session => ({
    kind,
    fixed: known,
    chosen,
    limits: [],
  });
  const spaceOf = (one: Session) => {
    const { free, possible } = sessionFreedom([one], () => true);
    return { free, possible, isKnown: () => true };
  };

  it('credentials without a time of issue, but a user’s own', () => {
    const without = { Null: { 'aws:TokenIssueTime': 'true' } };
    for (const kind of ['assumed-role', 'web-identity', 'saml', 'service', 'federated-user'] as const) {
      expect(canBe(without, spaceOf(session(kind))), kind).toBe(false);
      expect(canBe({ Null: { 'aws:TokenIssueTime': 'false' } }, spaceOf(session(kind))), kind).toBe(true);
    }
    expect(canBe(without, spaceOf(session('user')))).toBe(true);
    expect(canBe({ Null: { 'aws:TokenIssueTime': 'false' } }, spaceOf(session('user')))).toBe(true);
  });

  it('has a normal time of issue where the normal request says what time it is', () => {
    const usual = { 'aws:CurrentTime': '2026-06-01T00:00:00Z' };
    expect(sessionFreedom([session('assumed-role')], () => true, usual).facts).toMatchObject({
      'aws:TokenIssueTime': '2026-06-01T00:00:00Z',
    });
    expect(sessionFreedom([session('user')], () => true, usual).facts).not.toHaveProperty(
      'aws:TokenIssueTime',
    );
  });

  it('MFA without a time of issue, which a user has in temporary credentials alone', () => {
    const user = session('user', [
      { key: 'aws:MultiFactorAuthPresent', optional: true },
      { key: 'aws:MultiFactorAuthAge', optional: true },
    ]);
    const own = { 'aws:TokenIssueTime': 'true' };
    expect(canBe({ Null: own, Bool: { 'aws:MultiFactorAuthPresent': 'true' } }, spaceOf(user))).toBe(false);
    expect(canBe({ Null: own, Bool: { 'aws:MultiFactorAuthPresent': 'false' } }, spaceOf(user))).toBe(false);
    expect(canBe({ Null: { ...own, 'aws:MultiFactorAuthAge': 'false' } }, spaceOf(user))).toBe(false);
    expect(canBe({ Null: { ...own, 'aws:MultiFactorAuthPresent': 'true' } }, spaceOf(user))).toBe(true);
    expect(canBe({ Bool: { 'aws:MultiFactorAuthPresent': 'true' } }, spaceOf(user))).toBe(true);
    const usual = { 'aws:CurrentTime': '2026-06-01T00:00:00Z', 'aws:MultiFactorAuthPresent': 'true' };
    expect(sessionFreedom([user], () => true, usual)).toMatchObject({
      facts: { 'aws:TokenIssueTime': '2026-06-01T00:00:00Z' },
      lacks: [],
    });
  });

  it('what the normal request tells of MFA where a witness has no time of issue', () => {
    const without = compiled({ Null: { 'aws:TokenIssueTime': 'true' } });
    const { free, possible } = sessionFreedom([session('user')], (key) => key === 'aws:tokenissuetime');
    const baseline = { 'aws:MultiFactorAuthPresent': 'true', 'aws:SecureTransport': 'true' };
    const problem = new Problem({ resource: '*', known, free, possible, baseline, isKnown: () => true });
    const found = problem.find(problem.formulaOf(without, action).allowed);
    expect(found).toMatchObject({ context: { 'aws:SecureTransport': 'true' } });
    expect(found).not.toHaveProperty(['context', 'aws:MultiFactorAuthPresent']);
  });

  it('a name of more than 64 characters, or a tag of more than 256', () => {
    const named = session('assumed-role', [
      { key: 'aws:userid', form: sessionForms.namedAfter('AROA:'), optional: false },
      { key: 'aws:PrincipalTag/team', form: sessionForms.tagValue, optional: true },
      { key: 'aws:SourceIdentity', form: sessionForms.name, optional: false },
    ]);
    const like = (key: string, value: string) => canBe({ StringLike: { [key]: value } }, spaceOf(named));
    expect(like('aws:userid', `AROA:${repeated('?', 64)}`)).toBe(true);
    expect(like('aws:userid', `AROA:${repeated('?', 65)}`)).toBe(false);
    expect(like('aws:SourceIdentity', repeated('?', 64))).toBe(true);
    expect(like('aws:SourceIdentity', repeated('?', 65))).toBe(false);
    expect(like('aws:PrincipalTag/team', repeated('?', 256))).toBe(true);
    expect(like('aws:PrincipalTag/team', `${repeated('?', 256)}a*`)).toBe(false);
  });
});
