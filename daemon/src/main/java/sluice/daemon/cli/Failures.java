// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;
import sluice.cgroup.NoCgroupMountException;
import sluice.control.NoDaemonException;
import sluice.control.RefusedException;
import sluice.daemon.UnservedException;
import sluice.linux.KernelString;
import sluice.linux.PermissionDeniedException;
import sluice.linux.UnsupportedException;
import sluice.netlink.NetlinkException;
import sluice.rules.InvalidConfigurationException;

/** From what a command threw to a message and an exit code. */
final class Failures implements IExecutionExceptionHandler {
    @Override
    public int handleExecutionException(Exception failure, CommandLine command, ParseResult parsed) {
        return report(failure, command.getErr());
    }

    static int report(Exception failure, PrintWriter err) {
        switch (failure) {
            case InvalidConfigurationException e -> e.problems().forEach(err::println);
            case RefusedException e -> {
                print(err, "sluice: " + e.reason());
                if (!e.hint().isEmpty()) {
                    print(err, "  " + e.hint());
                }
            }
            case NoDaemonException e ->
                print(
                        err,
                        "sluice: " + e.getMessage() + "; start one with 'systemctl start sluice' or 'sluice daemon'");
            case FileSystemException e -> print(err, "sluice: " + describe(e));
            case IOException e -> print(err, "sluice: " + e.getMessage());
            default -> {
                err.println("sluice: failed, which is a defect of Sluice:");
                failure.printStackTrace(err);
            }
        }
        return code(failure);
    }

    /** Names of files and cgroups in it come from anybody. */
    private static void print(PrintWriter err, String text) {
        text.lines().map(KernelString::printable).forEach(err::println);
    }

    private static int code(Exception failure) {
        return switch (failure) {
            case InvalidConfigurationException _ -> ExitCode.INVALID_CONFIGURATION;
            case NoDaemonException _ -> ExitCode.NO_DAEMON;
            case UnservedException _ -> ExitCode.INVALID_CONFIGURATION;
            case AccessDeniedException _,
                    PermissionDeniedException _,
                    UnsupportedException _,
                    NetlinkException.PermissionDenied _,
                    NetlinkException.Unsupported _,
                    NoCgroupMountException _ -> ExitCode.NOT_POSSIBLE;
            case RefusedException e ->
                switch (e.refusal()) {
                    case INVALID_CONFIGURATION -> ExitCode.INVALID_CONFIGURATION;
                    case FORBIDDEN, UNSUPPORTED -> ExitCode.NOT_POSSIBLE;
                    default -> ExitCode.FAILED;
                };
            default -> ExitCode.FAILED;
        };
    }

    private static String describe(FileSystemException e) {
        if (e.getReason() != null) {
            return e.getFile() + ": " + e.getReason();
        }
        return switch (e) {
            case NoSuchFileException _ -> e.getFile() + ": there is no such file";
            case AccessDeniedException _ -> e.getFile() + ": permission denied";
            default -> e.getFile() + ": " + e.getClass().getSimpleName();
        };
    }
}
