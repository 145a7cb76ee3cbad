import { SQSClient } from '@aws-sdk/client-sqs';
import { REQUEST_LIMITS } from '#lib/iam/request-limits.ts';
import type { PrincipalAlerts } from '#lib/report/alert.ts';
import type { AnnouncementContext } from '#lib/report/channels/announcement.ts';
import type { Channel } from '#lib/respond/channels/names.ts';
import { sendToChannels } from '#lib/respond/channels/queue.ts';

const client = new SQSClient(REQUEST_LIMITS);

export const send = (
  url: string,
  channels: readonly Channel[],
  principals: readonly PrincipalAlerts[],
  context: AnnouncementContext,
) => sendToChannels({ client, url }, channels, principals, context);
