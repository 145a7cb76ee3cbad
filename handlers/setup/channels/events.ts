import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { REQUEST_LIMITS } from '#lib/iam/request-limits.ts';
import type { Announcement } from '#lib/report/channels/announcement.ts';
import { putAnnouncements } from '#lib/respond/channels/events.ts';

const client = new EventBridgeClient(REQUEST_LIMITS);

export const tell = (bus: string, announcements: readonly Announcement[]) =>
  putAnnouncements(client, bus, announcements);
