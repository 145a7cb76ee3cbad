/** One measured run in a process of its own: `account-run.ts parse|load|check FILE`; prints a line of JSON. */
import { readFileSync } from 'node:fs';
import { accountFromFile } from '#lib/account/from-file.ts';
import { checkAccount } from '#lib/check.ts';
import { builtInExpectations } from '#lib/expectation/parse.ts';

const [, , what, path = ''] = process.argv;
const start = performance.now();
let principals = 0;
let findings = 0;
if (what === 'parse') {
  const { UserDetailList, RoleDetailList } = JSON.parse(readFileSync(path, 'utf8'));
  principals = UserDetailList.length + RoleDetailList.length;
} else {
  const account = await accountFromFile(path);
  if (what === 'load') {
    for await (const _ of account.principals()) principals++;
  } else {
    const report = await checkAccount(account, { expectations: builtInExpectations() });
    principals = report.principals.length;
    findings = report.findings.length;
  }
}
const seconds = (performance.now() - start) / 1000;
// Kibibytes on Linux and macOS.
const megabytes = process.resourceUsage().maxRSS / 1024;
process.stdout.write(`${JSON.stringify({ seconds, megabytes, principals, findings })}\n`);
