// Takes the pictures of README.md: the page of the sample company's report, in docs/images. Needs a build and chromium.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const root = fileURLToPath(new URL('..', import.meta.url));
const images = join(root, 'docs', 'images');
const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);
if (executablePath === undefined) {
  console.error('chromium is not installed: no pictures were taken');
  process.exit(3);
}

const folder = mkdtempSync(join(tmpdir(), 'screenshots-'));
const page = join(folder, 'report.html');
const json = join(folder, 'report.json');
const samples = (name) => join('cli', 'samples', name);
const args = ['--account-details', samples('account.json'), '--guardrails', samples('guardrails.yaml')];
args.push(
  '--expectations',
  samples('expectations.yaml'),
  '--format',
  `html=${page}`,
  '--format',
  `json=${json}`,
);
try {
  execFileSync(process.execPath, ['dist/cli/main.mjs', 'check', ...args], { cwd: root, stdio: 'ignore' });
} catch (error) {
  // 1: there are findings, as there should be.
  if (error.status !== 1) throw error;
}
const { principals } = JSON.parse(readFileSync(json, 'utf8'));
const place = principals.findIndex(({ subject }) => subject === 'role/returns-desk');

mkdirSync(images, { recursive: true });
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
const take = async (name, hash, height, prepare = async () => {}) => {
  const tab = await browser.newPage({ viewport: { width: 1200, height }, colorScheme: 'light' });
  await tab.goto(`${pathToFileURL(page).href}${hash}`);
  await tab.waitForSelector('h2');
  // When the run was is no news in a picture.
  await tab.evaluate("document.querySelector('header p').textContent = 'The report of a sample company'");
  await prepare(tab);
  await tab.screenshot({ path: join(images, name) });
  await tab.close();
};
await take('report.png', '', 760, (tab) =>
  tab.evaluate("document.querySelector('#matrix').scrollIntoView()"),
);
await take('principal.png', `#/principal/${place}`, 1000, (tab) =>
  tab.evaluate("document.querySelector('.finding').scrollIntoView()"),
);
await browser.close();
rmSync(folder, { recursive: true });
