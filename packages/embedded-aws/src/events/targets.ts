import type { z } from 'zod';
import { AwsError } from '../types.ts';
import type { RuleTarget } from './bus.ts';
import type { putTargets } from './requests.ts';

/** Amazon EventBridge User Guide, "EventBridge quotas": targets of a rule. */
export const MOST_TARGETS = 5;

type GivenTarget = z.infer<typeof putTargets>['Targets'][number];

/** @throws AwsError ValidationException, NotImplemented. */
export function targetOf(target: GivenTarget): RuleTarget {
  if (!/^arn:[^:]+:[^:]+:[^:]*:[^:]*:.+$/.test(target.Arn)) {
    throw new AwsError(
      'ValidationException',
      `Parameter ${target.Arn} is not valid. Reason: Provided Arn is not in correct format.`,
    );
  }
  if (target.InputTransformer !== undefined)
    throw new AwsError('NotImplemented', 'The embedded EventBridge has no input transformers.', 501);
  return {
    id: target.Id,
    arn: target.Arn,
    ...(target.RoleArn !== undefined && { roleArn: target.RoleArn }),
    ...(target.Input !== undefined && { input: target.Input }),
    ...(target.InputPath !== undefined && { inputPath: target.InputPath }),
    ...(target.DeadLetterConfig?.Arn !== undefined && { deadLetterArn: target.DeadLetterConfig.Arn }),
    ...(target.RetryPolicy !== undefined && { retryPolicy: target.RetryPolicy }),
  };
}

/** What ListTargetsByRule answers of a target. */
export const describeTarget = (target: RuleTarget) => ({
  Id: target.id,
  Arn: target.arn,
  RoleArn: target.roleArn,
  Input: target.input,
  InputPath: target.inputPath,
  DeadLetterConfig: target.deadLetterArn === undefined ? undefined : { Arn: target.deadLetterArn },
  RetryPolicy: target.retryPolicy,
});
