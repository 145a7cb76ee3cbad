import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import { STSClient } from '@aws-sdk/client-sts';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { tellChannels } from '#handlers/setup/channels.ts';
import { readEnvironment, variable } from '#handlers/setup/environment.ts';
import { loadExpectations } from '#handlers/setup/expectations.ts';
import { iam, managementAccount, newPace } from '#handlers/setup/iam.ts';
import { lists } from '#handlers/setup/outlet.ts';
import { count, logger, withMetrics } from '#handlers/setup/powertools.ts';
import { PUBLISHING } from '#handlers/setup/publishing.ts';
import { REQUEST_LIMITS } from '#lib/iam/request-limits.ts';
import { type ProbeAnswer, probeReportAsJson } from '#lib/probing/json.ts';
import { probeAndNotify, readProbeRequest } from '#lib/probing/probe-and-notify.ts';
import { probeClients } from '#lib/probing/probe-clients.ts';
import { DEFAULT_PACE } from '#lib/probing/run.ts';

const environment = readEnvironment(
  z.object({
    FINDINGS_TOPIC_ARN: variable.arn,
    ACCOUNT_ID: variable.name,
    HISTORY_TABLE: variable.name,
    REMINDER_DAYS: variable.count,
    CANARY_ROLE_ARNS: variable.list,
    PROBE_ROLE_ARNS: variable.list,
    PROBE_EXTERNAL_ID: variable.name,
    PROBE_CALLS_PER_SECOND: variable.count,
    PROBE_RECHECK_SECONDS: variable.count,
  }),
);
const stack = {
  iam,
  managementAccount,
  sts: new STSClient(REQUEST_LIMITS),
  clients: probeClients,
  outlet: {
    client: new SNSClient(PUBLISHING),
    topicArn: environment.FINDINGS_TOPIC_ARN,
    lists,
    tellChannels,
  },
  table: {
    client: new DynamoDBClient(REQUEST_LIMITS),
    name: environment.HISTORY_TABLE,
    accountId: environment.ACCOUNT_ID,
  },
  reminderDays: environment.REMINDER_DAYS,
  roleArns: [...new Set([...environment.CANARY_ROLE_ARNS, ...environment.PROBE_ROLE_ARNS])],
  canaryArn: environment.CANARY_ROLE_ARNS[0],
  externalId: environment.PROBE_EXTERNAL_ID,
  pace: { ...DEFAULT_PACE, perSecond: environment.PROBE_CALLS_PER_SECOND },
  recheckSeconds: environment.PROBE_RECHECK_SECONDS,
};
/** Milliseconds to be left for what comes after: the pause, asking the disputed again, announcing what was found. */
const reserve = { first: 300_000 + 1000 * environment.PROBE_RECHECK_SECONDS, again: 60_000 };

/** Schedule, or by hand: `{roles?, calibrate?, notify?, resume?}` → live calls as the roles → remember → announce. */
export const handler = (event: unknown, context: Context): Promise<ProbeAnswer> =>
  withMetrics(async () => {
    const request = readProbeRequest(event);
    const expectations = await loadExpectations(stack.table);
    const { report, unheard } = await probeAndNotify(request, {
      ...stack,
      expectations,
      region: expectations.baseline.region,
      iamPace: newPace(stack.table),
      id: randomUUID(),
      hasTime: (asking) => context.getRemainingTimeInMillis() > reserve[asking],
      now: () => new Date(),
    });
    const probed = report.probes.filter(({ notProbed }) => notProbed === undefined).length;
    logger.info('probed', { roles: report.probes.length, probed, findings: report.findings.length });
    count('RolesProbed', probed);
    count('NobodySubscribed', unheard ? 1 : 0);
    return probeReportAsJson(report);
  });
