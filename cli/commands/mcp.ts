import { Command } from 'commander';
import { accountAt } from '#cli/account-file.ts';
import { expectationsFrom } from '#cli/expectations-file.ts';
import { guardrailsOf } from '#cli/source.ts';
import project from '../../package.json' with { type: 'json' };

interface McpFlags {
  readonly accountDetails: string;
  readonly before?: string;
  readonly guardrails?: string;
  readonly expectations?: string;
  readonly region?: string;
}

/** `mcp`: a server for assistants (Model Context Protocol), over standard input and output. */
export const mcpCommand = (): Command =>
  new Command('mcp')
    .description(
      'answers an assistant (Model Context Protocol): check, explain, who_can, diff; changes nothing',
    )
    .requiredOption(
      '--account-details <file>',
      'the account, as `aws iam get-account-authorization-details` prints it',
    )
    .option('--before <file>', 'the account as it was, for diff')
    .option('--guardrails <file>', "the organization's SCPs and RCPs above the account")
    .option('--expectations <file>', 'who should be able to do what (default: expectations.yaml here)')
    .option('--region <region>', 'Region whose ARNs are asked about, where the expectations name none')
    .addHelpText('after', help)
    .action(async (flags: McpFlags) => {
      const { accountDetails, before, guardrails, expectations, region } = flags;
      // What cannot be read is said at the start, and read anew for each question: files change.
      await accountAt(accountDetails);
      if (before !== undefined) await accountAt(before);
      await guardrailsOf({ guardrails });
      expectationsFrom(expectations, region, () => {});
      // The protocol is read by those who ask for it only.
      const { serve } = await import('#cli/mcp/server.ts');
      await serve(
        {
          account: () => accountAt(accountDetails),
          ...(before !== undefined && { before: () => accountAt(before) }),
          expectations: () => expectationsFrom(expectations, region, () => {}),
          guardrails,
        },
        project.version,
      );
    });

const help = `
The files are named here, so that an assistant can ask about them and read no others. Answers are the JSON of the commands.

Examples:
  rekognition-permission-check mcp --account-details account.json
  rekognition-permission-check mcp --account-details today.json --before yesterday.json \\
      --guardrails guardrails.yaml --expectations team/expectations.yaml --region eu-west-1

Exit codes: 0 the input has ended, 3 usage or input error, 4 failure`;
