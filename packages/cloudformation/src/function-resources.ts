import { z } from 'zod';
import { flag, ignored, number, readProperties, text } from './properties.ts';
import type {
  AsynchronousInvocation,
  ResolvedEventSource,
  ResolvedFunction,
  ResolvedPermission,
  ResolvedResource,
} from './types.ts';
import { TemplateError } from './yaml.ts';

const destination = z.strictObject({ Destination: z.string() });

const functionSchema = z.strictObject({
  FunctionName: ignored,
  Code: z.union([
    z.string(),
    z.strictObject({ S3Bucket: z.string(), S3Key: z.string() }).transform((code) => code.S3Key),
  ]),
  Handler: z.string(),
  Runtime: z.string(),
  Architectures: ignored,
  Timeout: number.default(3),
  MemorySize: number.default(128),
  Environment: z
    .strictObject({ Variables: z.record(z.string(), text).default({}) })
    .default({ Variables: {} }),
  Description: ignored,
  Role: z.string(),
  TracingConfig: z.strictObject({ Mode: z.enum(['Active', 'PassThrough', 'Disabled']) }).optional(),
  LoggingConfig: z
    .strictObject({
      LogFormat: z.enum(['JSON', 'Text']).default('Text'),
      ApplicationLogLevel: z.enum(['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL']).default('INFO'),
      SystemLogLevel: ignored,
      LogGroup: z.string().optional(),
    })
    .optional(),
  DeadLetterConfig: z.strictObject({ TargetArn: z.string() }).optional(),
  ReservedConcurrentExecutions: number.optional(),
  KmsKeyArn: ignored,
  EphemeralStorage: ignored,
});

const invokeConfigSchema = z.strictObject({
  FunctionName: z.string(),
  Qualifier: ignored,
  MaximumRetryAttempts: number.default(2),
  MaximumEventAgeInSeconds: ignored,
  DestinationConfig: z
    .strictObject({ OnFailure: destination.optional(), OnSuccess: destination.optional() })
    .optional(),
});

/** Reads the functions, each with what becomes of its failed asynchronous invocations. */
export function readFunctions(resources: readonly ResolvedResource[]): ResolvedFunction[] {
  const configs = resources
    .filter((resource) => resource.type === 'AWS::Lambda::EventInvokeConfig')
    .map((resource) => readProperties(invokeConfigSchema, resource));
  return resources
    .filter((resource) => resource.type === 'AWS::Lambda::Function')
    .map((resource): ResolvedFunction => {
      const properties = readProperties(functionSchema, resource);
      const config = configs.find((one) => one.FunctionName === resource.name);
      const asynchronous: AsynchronousInvocation = {
        maximumRetryAttempts: config?.MaximumRetryAttempts ?? 2,
        ...optional('onFailure', config?.DestinationConfig?.OnFailure?.Destination),
        ...optional('onSuccess', config?.DestinationConfig?.OnSuccess?.Destination),
        ...optional('deadLetter', properties.DeadLetterConfig?.TargetArn),
      };
      return {
        logicalId: resource.logicalId,
        name: resource.name,
        arn: resource.attributes.Arn ?? '',
        codeUri: properties.Code,
        handler: properties.Handler,
        runtime: properties.Runtime,
        timeoutSeconds: properties.Timeout,
        memoryMb: properties.MemorySize,
        environment: properties.Environment.Variables,
        roleArn: properties.Role,
        tracing: properties.TracingConfig?.Mode === 'Active',
        logFormat: properties.LoggingConfig?.LogFormat ?? 'Text',
        applicationLogLevel: properties.LoggingConfig?.ApplicationLogLevel ?? 'INFO',
        logGroup: properties.LoggingConfig?.LogGroup ?? `/aws/lambda/${resource.name}`,
        ...optional('reservedConcurrency', properties.ReservedConcurrentExecutions),
        asynchronous,
      };
    });
}

const eventSourceSchema = z
  .strictObject({
    EventSourceArn: z.string(),
    FunctionName: z.string(),
    BatchSize: number.default(10),
    MaximumBatchingWindowInSeconds: number.default(0),
    ScalingConfig: z
      .strictObject({ MaximumConcurrency: number.pipe(z.number().min(2).max(1000)) })
      .optional(),
    FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).default([]),
    Enabled: flag.default(true),
  })
  .refine((source) => source.BatchSize <= 10 || source.MaximumBatchingWindowInSeconds >= 1, {
    error: 'MaximumBatchingWindowInSeconds must be at least 1 where BatchSize is greater than 10',
  });

/** Reads the mappings of queues to functions. */
export function readEventSources(
  resources: readonly ResolvedResource[],
  queueArns: ReadonlySet<string>,
): ResolvedEventSource[] {
  return resources
    .filter((resource) => resource.type === 'AWS::Lambda::EventSourceMapping')
    .map((resource) => {
      const properties = readProperties(eventSourceSchema, resource);
      if (!queueArns.has(properties.EventSourceArn)) {
        throw new TemplateError(
          `Resources.${resource.logicalId}`,
          `${properties.EventSourceArn} is not a queue of this template`,
        );
      }
      return {
        logicalId: resource.logicalId,
        queueArn: properties.EventSourceArn,
        functionName: properties.FunctionName,
        enabled: properties.Enabled,
        batchSize: properties.BatchSize,
        windowSeconds: properties.MaximumBatchingWindowInSeconds,
        ...optional('maximumConcurrency', properties.ScalingConfig?.MaximumConcurrency),
        reportsBatchItemFailures: properties.FunctionResponseTypes.length > 0,
      };
    });
}

const permissionSchema = z.strictObject({
  Action: z.literal('lambda:InvokeFunction'),
  FunctionName: z.string(),
  Principal: z.string(),
  SourceArn: z.string().optional(),
  SourceAccount: ignored,
});

export function readPermissions(resources: readonly ResolvedResource[]): ResolvedPermission[] {
  return resources
    .filter((resource) => resource.type === 'AWS::Lambda::Permission')
    .map((resource) => {
      const properties = readProperties(permissionSchema, resource);
      return {
        functionName: properties.FunctionName.replace(/^.*:function:/, ''),
        principal: properties.Principal,
        ...optional('sourceArn', properties.SourceArn),
      };
    });
}

/** `{ key: value }`, or nothing where there is no value. */
export function optional<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  const entry: Partial<Record<K, V>> = {};
  if (value !== undefined) entry[key] = value;
  return entry;
}
