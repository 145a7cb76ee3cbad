/** The AWS managed policies that the SAM transform attaches to functions' roles: name → document. */
const logs = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'];
const queue = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];
const tracing = [
  'xray:PutTraceSegments',
  'xray:PutTelemetryRecords',
  'xray:GetSamplingRules',
  'xray:GetSamplingTargets',
  'xray:GetSamplingStatisticSummaries',
];

const allowing = (actions: readonly string[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] });

/** By ARN without the partition: `iam::aws:policy/service-role/AWSLambdaBasicExecutionRole`. */
export const managedLambdaPolicies: Readonly<Record<string, string>> = {
  'iam::aws:policy/service-role/AWSLambdaBasicExecutionRole': allowing(logs),
  'iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole': allowing([...queue, ...logs]),
  'iam::aws:policy/AWSXrayWriteOnlyAccess': allowing(tracing),
};
