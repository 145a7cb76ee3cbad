import { isLikeResource, testHolds } from '../reference/evaluate.ts';
import { parseOperator } from '../src/operators.ts';
import {
  type ConditionBlock,
  type FuzzCase,
  many,
  mapPolicies,
  type RawStatement,
  statementsOf,
} from './case.ts';
import { RESOURCE_EXCEPTIONS, type Scene, TEST_EXCEPTIONS } from './oracle-exceptions.ts';

/** A case in words that the oracle understands, with the exceptions that this took. */
export interface Settled {
  readonly fuzzCase: FuzzCase;
  readonly exceptions: ReadonlySet<string>;
}

/**
 * In the statements on which the engines differ (named as in an Answer), replaces each test and each pattern that an
 * exception concerns by one that holds, or fails, for the oracle too.
 */
export function settle(fuzzCase: FuzzCase, differing: ReadonlySet<string>): Settled {
  const exceptions = new Set<string>();
  const { resource, context } = fuzzCase.request;
  const settled = mapPolicies(fuzzCase, (raw, place) => {
    const Statement = statementsOf(raw).map((statement, index) =>
      differing.has(`${place} ${index + 1}`)
        ? settleStatement(
            statement,
            { version: raw.Version ?? '2008-10-17', effect: statement.Effect, resource, context },
            exceptions,
          )
        : statement,
    );
    return { ...raw, Statement };
  });
  return { fuzzCase: settled, exceptions };
}

function settleStatement(statement: RawStatement, scene: Scene, exceptions: Set<string>): RawStatement {
  const pattern = (text: string, notResource: boolean): string => {
    const exception = RESOURCE_EXCEPTIONS.find(({ concerns }) => concerns(text, scene, notResource));
    if (exception === undefined) return text;
    exceptions.add(exception.name);
    return isLikeResource(scene.resource, text, scene) ? scene.resource : ELSEWHERE;
  };
  return {
    ...statement,
    ...(statement.Resource && { Resource: many(statement.Resource).map((text) => pattern(text, false)) }),
    ...(statement.NotResource && {
      NotResource: many(statement.NotResource).map((text) => pattern(text, true)),
    }),
    ...(statement.Condition && { Condition: settleCondition(statement.Condition, scene, exceptions) }),
  };
}

/** An ARN that is never asked about. */
const ELSEWHERE = 'arn:aws:nowhere:us-east-1:000000000000:nothing/at-all';

function settleCondition(condition: ConditionBlock, scene: Scene, exceptions: Set<string>): ConditionBlock {
  const settled: ConditionBlock = {};
  for (const [operatorText, block] of Object.entries(condition)) {
    const operator = parseOperator(operatorText);
    if (operator === undefined) throw new Error(`generated an unknown operator ${operatorText}`);
    for (const [key, raw] of Object.entries(block)) {
      const test = { ...operator, key, values: many(raw).map(String) };
      const exception = TEST_EXCEPTIONS.find(({ concerns }) => concerns(test, scene));
      if (exception === undefined) {
        settled[operatorText] = { ...settled[operatorText], [key]: raw };
      } else {
        exceptions.add(exception.name);
        // The tag is never there: Null with "true" holds, with "false" fails.
        const holds = testHolds(test, scene.effect, scene);
        settled.Null = { ...settled.Null, [`aws:PrincipalTag/Absent${holds}`]: String(holds) };
      }
    }
  }
  return settled;
}
