import { Command } from 'commander';
import { acceptCommand } from '#cli/commands/accept.ts';
import { calibrateCommand } from '#cli/commands/calibrate.ts';
import { canCommand } from '#cli/commands/can.ts';
import { checkCommand } from '#cli/commands/check.ts';
import { completionCommand } from '#cli/commands/completion.ts';
import { demoCommand } from '#cli/commands/demo.ts';
import { diffCommand } from '#cli/commands/diff.ts';
import { evidenceCommand } from '#cli/commands/evidence.ts';
import { explainCommand } from '#cli/commands/explain.ts';
import { fixCommand } from '#cli/commands/fix.ts';
import { initCommand } from '#cli/commands/init.ts';
import { localCommand } from '#cli/commands/local.ts';
import { mcpCommand } from '#cli/commands/mcp.ts';
import { needsCommand } from '#cli/commands/needs.ts';
import { probeCommand } from '#cli/commands/probe.ts';
import { proposeCommand } from '#cli/commands/propose.ts';
import { reviewCommand } from '#cli/commands/review.ts';
import { setsCommand } from '#cli/commands/sets.ts';
import { unusedCommand } from '#cli/commands/unused.ts';
import { validateCommand } from '#cli/commands/validate.ts';
import { whatIfCommand } from '#cli/commands/what-if.ts';
import { whoCanCommand } from '#cli/commands/who-can.ts';
import { whoCouldCommand } from '#cli/commands/who-could.ts';
import project from '../package.json' with { type: 'json' };
import { refuseExcess } from './excess-arguments.ts';
import { reportError } from './exit.ts';
import { fittingHelp } from './help-text.ts';

// The command line runs on Node 20 too; the SDK's own advice on Node versions is not for the reader of a report.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const writeToStderr = process.stderr.write.bind(process.stderr);
const writeError = (text: string) => writeToStderr(text);

const output = { writeOut: (text: string) => process.stdout.write(fittingHelp(text)) };

const program = new Command('rekognition-permission-check')
  .description('Knows, and proves, who can do what in Amazon Rekognition.')
  .version(project.version)
  .configureOutput(output)
  .configureHelp({ minWidthToWrap: 30 })
  .showHelpAfterError('(--help shows the options, with examples)')
  .exitOverride()
  // An option is of the command that it stands behind.
  .enablePositionalOptions()
  .addHelpText(
    'after',
    `
Exit codes:
  0 clean   1 findings   2 inconclusive   3 usage or input error   4 failure

With every command: --quiet (errors only on standard error), --no-color.

Begin with:
  rekognition-permission-check demo
      the whole check on an embedded AWS: no account, no credentials
  aws iam get-account-authorization-details > account.json
  rekognition-permission-check check --account-details account.json
      your account as a file: calls nothing
  rekognition-permission-check check --profile audit
      your account: IAM itself confirms every verdict`,
  );

for (const command of [
  checkCommand(),
  diffCommand(),
  explainCommand(),
  whoCanCommand(),
  whoCouldCommand(),
  canCommand(),
  evidenceCommand(),
  whatIfCommand(),
  fixCommand(),
  acceptCommand(),
  proposeCommand(),
  unusedCommand(),
  initCommand(),
  probeCommand(),
  calibrateCommand(),
  setsCommand(),
  needsCommand(),
  validateCommand(),
  reviewCommand(),
  mcpCommand(),
  localCommand(),
  demoCommand(),
]) {
  for (const one of [command, ...command.commands]) {
    one
      .configureOutput(output)
      .option('--quiet', 'nothing on standard error but errors: no progress, notes or warnings')
      .option('--no-color', 'no colours, as with NO_COLOR')
      .allowExcessArguments()
      .exitOverride();
  }
  program.addCommand(command);
}
program.addCommand(completionCommand(program).configureOutput(output).exitOverride());
program.hook('preAction', (_, command) => {
  refuseExcess(command);
  const { quiet, color } = command.opts<{ quiet?: boolean; color?: boolean }>();
  if (color === false) process.env.NO_COLOR = '1';
  if (quiet === true) process.stderr.write = () => true;
});

// Of a reader that went away (`| head`) nothing is said; whether it has had the whole, nobody knows.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(4);
  process.exit(reportError(new Error(`cannot write to standard output: ${error.message}`), writeError));
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportError(error, writeError);
}
