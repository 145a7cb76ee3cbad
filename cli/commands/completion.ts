import { Argument, Command } from 'commander';
import { bashCompletion } from '#cli/completion/bash.ts';
import { fishCompletion } from '#cli/completion/fish.ts';
import { wordsOf } from '#cli/completion/words.ts';
import { zshCompletion } from '#cli/completion/zsh.ts';

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

/** `completion SHELL`: a script that completes commands, options and what they can be. */
export const completionCommand = (program: Command): Command =>
  new Command('completion')
    .description('prints a script that lets a shell complete commands, options and their values')
    .addArgument(new Argument('<shell>').choices(Object.keys(scripts)))
    .addHelpText('after', help)
    .action((shell: keyof typeof scripts) => {
      process.stdout.write(scripts[shell](program.name(), wordsOf(program)));
    });

const help = `
Examples:
  rekognition-permission-check completion bash > ~/.local/share/bash-completion/completions/rekognition-permission-check
  rekognition-permission-check completion zsh > "\${fpath[1]}/_rekognition-permission-check"
  rekognition-permission-check completion fish > ~/.config/fish/completions/rekognition-permission-check.fish

Exit codes: 0 printed, 3 usage or input error`;
