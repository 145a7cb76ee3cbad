import { z } from 'zod';
import { optional } from './function-resources.ts';
import { document, ignored, readProperties } from './properties.ts';
import type { ResolvedResource, ResolvedRule, ResolvedSchedule } from './types.ts';
import { TemplateError } from './yaml.ts';

const deadLetter = z.strictObject({ Arn: z.string() }).optional();

const ruleSchema = z.strictObject({
  Name: ignored,
  Description: ignored,
  EventBusName: z.enum(['default']).optional(),
  EventPattern: z.record(z.string(), z.json()),
  State: z.enum(['ENABLED', 'DISABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS']).default('ENABLED'),
  Targets: z
    .array(
      z.strictObject({
        Id: z.string(),
        Arn: z.string(),
        Input: z.string().optional(),
        InputPath: z.string().optional(),
        DeadLetterConfig: deadLetter,
        RetryPolicy: ignored,
        RoleArn: z.string().optional(),
      }),
    )
    .min(1)
    .max(5),
});

/** Reads the rules of the default bus. */
export function readRules(resources: readonly ResolvedResource[]): ResolvedRule[] {
  return resources
    .filter((resource) => resource.type === 'AWS::Events::Rule')
    .map((resource) => {
      const properties = readProperties(ruleSchema, resource);
      return {
        logicalId: resource.logicalId,
        name: resource.name,
        arn: resource.attributes.Arn ?? '',
        state: properties.State,
        eventPattern: properties.EventPattern,
        targets: properties.Targets.map((target) => ({
          id: target.Id,
          arn: target.Arn,
          ...optional('input', target.Input),
          ...optional('inputPath', target.InputPath),
          ...optional('roleArn', target.RoleArn),
          ...optional('deadLetterArn', target.DeadLetterConfig?.Arn),
        })),
      };
    });
}

const scheduleSchema = z.strictObject({
  Name: ignored,
  Description: ignored,
  ScheduleExpression: z.string().regex(/^(rate|cron|at)\(.+\)$/),
  ScheduleExpressionTimezone: ignored,
  FlexibleTimeWindow: ignored,
  GroupName: ignored,
  StartDate: ignored,
  EndDate: ignored,
  KmsKeyArn: ignored,
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Target: z.strictObject({
    Arn: z.string(),
    RoleArn: z.string(),
    Input: document.optional(),
    DeadLetterConfig: deadLetter,
    RetryPolicy: ignored,
  }),
});

/** Reads the schedules of EventBridge Scheduler. */
export function readSchedules(
  resources: readonly ResolvedResource[],
  functionArns: ReadonlySet<string>,
): ResolvedSchedule[] {
  return resources
    .filter((resource) => resource.type === 'AWS::Scheduler::Schedule')
    .map((resource) => {
      const properties = readProperties(scheduleSchema, resource);
      if (!functionArns.has(properties.Target.Arn)) {
        throw new TemplateError(
          `Resources.${resource.logicalId}`,
          'its target must be a function of this template',
        );
      }
      return {
        logicalId: resource.logicalId,
        name: resource.name,
        arn: resource.attributes.Arn ?? '',
        expression: properties.ScheduleExpression,
        enabled: properties.State === 'ENABLED',
        targetArn: properties.Target.Arn,
        roleArn: properties.Target.RoleArn,
        ...optional('input', properties.Target.Input),
        ...optional('deadLetterArn', properties.Target.DeadLetterConfig?.Arn),
      };
    });
}
