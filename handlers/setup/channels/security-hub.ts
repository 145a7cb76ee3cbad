import { SecurityHubClient } from '@aws-sdk/client-securityhub';
import { REQUEST_LIMITS } from '#lib/iam/request-limits.ts';
import type { Announcement } from '#lib/report/channels/announcement.ts';
import type { HubPlace } from '#lib/report/channels/security-hub.ts';
import { importAnnouncements } from '#lib/respond/channels/security-hub.ts';

const client = new SecurityHubClient(REQUEST_LIMITS);

export const tell = (place: HubPlace, announcements: readonly Announcement[]) =>
  importAnnouncements(client, announcements, place);
