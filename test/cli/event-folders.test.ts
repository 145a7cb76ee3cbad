import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { eventsOf } from '#cli/event-files.ts';
import { folder, run, sampleAccount } from './program.ts';

const record = (day: number) => ({ eventSource: 'rekognition.amazonaws.com', eventName: `Day${day}` });

test('of a folder all files of events are read, as CloudTrail lays them out, and no others', async () => {
  const trail = folder();
  for (const day of [2, 1]) {
    const place = join(trail, 'CloudTrail', 'eu-west-1', `0${day}`);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'trail.json.gz'), gzipSync(JSON.stringify({ Records: [record(day)] })));
  }
  writeFileSync(join(trail, 'more.json'), JSON.stringify([record(3)]));
  writeFileSync(join(trail, 'notes.txt'), 'no events');
  mkdirSync(join(trail, 'z.json'));
  const read: unknown[] = [];
  for await (const event of eventsOf([trail])) read.push(event);
  expect(read).toEqual([record(1), record(2), record(3)]);
  const { code, stdout } = await run(['unused', '--events', trail, ...sampleAccount]);
  expect(stdout).not.toBe('');
  expect(code).toBe(2);
});

test.each([
  ['unused', ...sampleAccount],
  ['propose', 'role/x'],
])('%s refuses a folder without a file of events, and says what is taken', async (...command) => {
  const empty = folder();
  const { code, stderr } = await run([...command, '--events', empty]);
  expect(stderr).toBe(
    `error: ${empty}: no file in this folder is called .json, .jsonl or .csv, or one of these with .gz\n`,
  );
  expect(code).toBe(3);
});
