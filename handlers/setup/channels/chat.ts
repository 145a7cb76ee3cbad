import { SNSClient } from '@aws-sdk/client-sns';
import { REQUEST_LIMITS } from '#lib/iam/request-limits.ts';
import type { ChatNotification } from '#lib/report/channels/chat.ts';
import { tellChat } from '#lib/respond/channels/chat.ts';

const client = new SNSClient(REQUEST_LIMITS);

export const tell = (topicArn: string, notification: ChatNotification) =>
  tellChat(client, topicArn, notification);
