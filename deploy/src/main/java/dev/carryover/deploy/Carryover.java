package dev.carryover.deploy;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The {@code carryover} command; its subcommands do the work. */
@Command(
    name = "carryover",
    description = "Recurrent neural networks as a streaming job.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    scope = ScopeType.INHERIT,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      DemoCommand.class,
      RunCommand.class,
      ImportCommand.class,
      VerifyCommand.class,
      InspectCommand.class,
      TrainCommand.class,
      EvaluateCommand.class,
      LessonCommand.class,
      TraceCommand.class,
      PackCommand.class,
      PublishCommand.class,
      KeygenCommand.class
    })
public final class Carryover {

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace of an error.")
  private boolean debug;

  private Carryover() {}

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  /** The command line, for tests: with other writers if they like. */
  static CommandLine commandLine() {
    ErrorLine errors = new ErrorLine();
    CommandLine command = new CommandLine(new Carryover());
    command
        .getCommandSpec()
        .usageMessage()
        .footer("", "In a checkout there is also bench, which measures it: bench --help.");
    return command
        .setParameterExceptionHandler(errors)
        .setExecutionExceptionHandler(errors)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setAbbreviatedOptionsAllowed(false)
        .setUsageHelpAutoWidth(true);
  }

  /** Whether {@code --debug} was given, before or after the subcommand. */
  static boolean debug(CommandLine command) {
    CommandLine root = command;
    while (root.getParent() != null) {
      root = root.getParent();
    }
    return ((Carryover) root.getCommand()).debug;
  }
}
