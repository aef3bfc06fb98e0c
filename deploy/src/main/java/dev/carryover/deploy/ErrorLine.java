package dev.carryover.deploy;

import dev.carryover.deploy.logs.DataAbsentException;
import dev.carryover.job.config.ConfigurationException;
import dev.carryover.model.file.ModelFileException;
import dev.carryover.runtime.SelfTestFailedException;
import dev.carryover.runtime.verify.RecordedCasesException;
import dev.carryover.training.tensor.BackendException;
import dev.carryover.training.trainer.TrainingException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.ExecutionException;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * Turns whatever a command throws into a line on stderr and an exit code. Errors that a user can
 * cause have messages of their own; only for others is there a hint to look into the log. {@code
 * --debug} adds the stack trace.
 */
final class ErrorLine implements IParameterExceptionHandler, IExecutionExceptionHandler {

  @Override
  public int handleParseException(ParameterException e, String[] arguments) {
    CommandLine command = e.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    // picocli puts lists of possible values on lines of their own.
    String message = e.getMessage().strip().replaceAll("\\s*\\R\\s*", " ");
    command.getErr().println(name + ": " + message + "; see " + name + " --help");
    command.getErr().flush();
    return ExitCode.BAD_INPUT;
  }

  @Override
  public int handleExecutionException(Exception e, CommandLine command, ParseResult parsed) {
    Outcome outcome = outcome(e);
    command.getErr().println(command.getCommandSpec().qualifiedName() + ": " + outcome.message());
    if (Carryover.debug(command)) {
      e.printStackTrace(command.getErr());
    } else if (outcome.exitCode() == ExitCode.UNEXPECTED) {
      LoggerFactory.getLogger(ErrorLine.class).error("{}", command.getCommandName(), e);
    }
    command.getErr().flush();
    return outcome.exitCode();
  }

  private record Outcome(int exitCode, String message) {}

  private static Outcome outcome(Exception e) {
    if (e instanceof CommandException command) {
      return new Outcome(command.exitCode(), command.getMessage());
    }
    if (e instanceof ModelFileException
        || e instanceof ConfigurationException
        || e instanceof RecordedCasesException
        || e instanceof SelfTestFailedException
        || e instanceof TrainingException
        || e instanceof BackendException
        || e instanceof DataAbsentException) {
      return new Outcome(ExitCode.BAD_INPUT, e.getMessage());
    }
    if (e instanceof NoSuchFileException absent) {
      String remedy = absent.getReason() == null ? "" : "; " + absent.getReason();
      return new Outcome(ExitCode.BAD_INPUT, "there is no file " + absent.getFile() + remedy);
    }
    if (e instanceof AccessDeniedException denied) {
      return new Outcome(ExitCode.BAD_INPUT, "no permission for " + denied.getFile());
    }
    if (e instanceof FileSystemException file) {
      String reason = file.getReason() == null ? "cannot be used" : file.getReason();
      return new Outcome(ExitCode.BAD_INPUT, file.getFile() + ": " + reason);
    }
    if (e instanceof CharacterCodingException) {
      return new Outcome(ExitCode.BAD_INPUT, "the file is not UTF-8 text");
    }
    if (e instanceof IOException) {
      return new Outcome(ExitCode.BAD_INPUT, e.getMessage());
    }
    if (e instanceof ExecutionException) {
      return new Outcome(ExitCode.UNEXPECTED, "the job failed: " + rootCause(e) + hint());
    }
    return new Outcome(ExitCode.UNEXPECTED, e + hint());
  }

  private static String hint() {
    String log = System.getProperty("carryover.log");
    return " (the stack trace "
        + (log == null ? "comes" : "is in " + log + " and comes")
        + " with --debug)";
  }

  private static Throwable rootCause(Throwable e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }
}
