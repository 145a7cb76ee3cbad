import { describe, expect, it } from 'vitest';
import { catalog } from '../catalog.ts';
import { accountId, roleArn } from '../start.ts';
import { entry, type Input, simulator, visitors } from './simulated-account.ts';

const { first, simulate } = simulator();

const failure = (input: Input) =>
  simulate(input).then(
    () => ({ name: 'none', message: '' }),
    (error: Error) => ({ name: error.name, message: error.message }),
  );

describe('refusals', () => {
  const action = ['rekognition:DetectFaces'];

  it.each<[string, Input, string, RegExp]>([
    [
      'known and unknown actions on ARNs',
      { ActionNames: [...action, 'rekognition:New'], ResourceArns: [visitors] },
      'InvalidInputException',
      /^Invalid Input Actions: \[rekognition:DetectFaces\] and \[rekognition:New\] require different authorization information\.$/,
    ],
    [
      'another spelling of an action on ARNs',
      { ActionNames: [...action, 'rekognition:listfaces'], ResourceArns: [visitors] },
      'InvalidInputException',
      /require different/,
    ],
    [
      'what is no ARN',
      { ActionNames: action, ResourceArns: ['visitors'] },
      'InvalidInputException',
      /not in a valid ARN format: visitors/,
    ],
    [
      '* among ARNs',
      { ActionNames: action, ResourceArns: [visitors, '*'] },
      'InvalidInputException',
      /not in a valid ARN format: \*\./,
    ],
    [
      'an action without a service',
      { ActionNames: ['DetectFaces'] },
      'InvalidInputException',
      /missing names/,
    ],
    [
      'two boundaries',
      { ActionNames: action, PermissionsBoundaryPolicyInputList: ['{}', '{}'] },
      'InvalidInputException',
      /Only one/,
    ],
    [
      'the root user',
      { PolicySourceArn: `arn:aws:iam::${accountId}:root`, ActionNames: action },
      'InvalidInputException',
      /Invalid ARN provided in the request/,
    ],
    [
      'a session',
      { PolicySourceArn: `arn:aws:sts::${accountId}:assumed-role/everything/me`, ActionNames: action },
      'InvalidInputException',
      /Invalid ARN provided/,
    ],
    [
      'another account',
      { PolicySourceArn: 'arn:aws:iam::210987654321:role/everything', ActionNames: action },
      'InvalidInputException',
      /does not have access to policies in account 210987654321/,
    ],
    [
      'an unknown name',
      { PolicySourceArn: roleArn('nobody'), ActionNames: action },
      'NoSuchEntityException',
      /^Unable to retrieve specified IAM entity\.$/,
    ],
    [
      'a key twice, in another case',
      {
        ActionNames: action,
        ContextEntries: [entry('aws:SourceIp', ['1.2.3.4'], 'ip'), entry('AWS:sourceip', ['1.2.3.4'], 'ip')],
      },
      'InvalidInputException',
      /Duplicate context key: AWS:sourceip/,
    ],
    [
      'two values of a scalar',
      { ActionNames: action, ContextEntries: [entry('aws:username', ['a', 'b'])] },
      'InvalidInputException',
      /Context key string expected a single value, but received 2\./,
    ],
    [
      'no values',
      { ActionNames: action, ContextEntries: [entry('aws:username', [])] },
      'InvalidInputException',
      /no values/,
    ],
    [
      'a number that is none',
      { ActionNames: action, ContextEntries: [entry('aws:EpochTime', ['soon'], 'numeric')] },
      'InvalidInputException',
      /numeric/,
    ],
    [
      'a date that is none',
      { ActionNames: action, ContextEntries: [entry('aws:CurrentTime', ['20261124'], 'ipList')] },
      'InvalidInputException',
      /Invalid value/,
    ],
    [
      'an address that is none',
      { ActionNames: action, ContextEntries: [entry('aws:SourceIp', ['300.1.1.1'], 'ip')] },
      'InvalidInputException',
      /Invalid value/,
    ],
    ['1001 items', { ActionNames: action, MaxItems: 1001 }, 'ValidationError', /less than or equal to 1000/],
    [
      'a document of the account that is malformed',
      { PolicySourceArn: roleArn('broken'), ActionNames: action },
      'PolicyEvaluationException',
      /bad.*line 3/,
    ],
    [
      'a given document that is malformed',
      { ActionNames: action, PolicyInputList: ['{'] },
      'InvalidInputException',
      /malformed/,
    ],
  ])('refuses %s', async (_, input, name, message) => {
    const error = await failure(input);
    expect(error.name).toBe(name);
    expect(error.message).toMatch(message);
  });

  it('takes any text for a boolean, and unknown actions among themselves', async () => {
    const answer = await simulate({
      ActionNames: ['rekognition:New', 'rekognition:Newer'],
      ResourceArns: [visitors],
      ContextEntries: [entry('aws:SecureTransport', ['yes'], 'boolean')],
    });
    expect(answer.EvaluationResults).toHaveLength(2);
  });

  it('finds a principal by its name, whatever the path', async () => {
    expect((await first('apart', 'rekognition:DetectFaces')).EvalDecision).toBe('allowed');
  });
});

describe('pages', () => {
  it('counts actions, keeps their order and duplicates', async () => {
    const all = [...catalog.actions.map((action) => action.action), 'rekognition:DetectFaces'];
    const seen: string[] = [];
    let Marker: string | undefined;
    let pages = 0;
    do {
      const page = await simulate({
        ActionNames: all,
        MaxItems: 10,
        ...(Marker !== undefined && { Marker }),
      });
      seen.push(...(page.EvaluationResults ?? []).flatMap((result) => result.EvalActionName ?? []));
      Marker = page.IsTruncated ? page.Marker : undefined;
      pages += 1;
    } while (Marker !== undefined);
    expect(seen).toEqual(all);
    expect(pages).toBe(Math.ceil(all.length / 10));
  });
});
