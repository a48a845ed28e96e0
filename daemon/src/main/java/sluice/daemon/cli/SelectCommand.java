// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import sluice.control.RefusedException;
import sluice.control.SelectRequest;

/** {@code sluice select}. */
@Command(
        name = "select",
        mixinStandardHelpOptions = true,
        description = "Has new flows of a group of type select use this member; 'sluice status' shows the groups.")
final class SelectCommand implements Callable<Integer> {
    @Mixin
    private SocketOption socket;

    @Parameters(index = "0", paramLabel = "GROUP", description = "The group's name.")
    private String group;

    @Parameters(index = "1", paramLabel = "MEMBER", description = "One of its outbounds.")
    private String member;

    @SuppressWarnings("NullAway.Init") // picocli sets the fields
    private SelectCommand() {}

    @Override
    public Integer call() throws IOException, RefusedException {
        socket.client().select(new SelectRequest(group, member));
        return ExitCode.FINE;
    }
}
