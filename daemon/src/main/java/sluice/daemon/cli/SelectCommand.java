// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.IOException;
import picocli.CommandLine.Model.PositionalParamSpec;
import sluice.control.RefusedException;
import sluice.control.SelectRequest;

/** {@code sluice select}. */
final class SelectCommand extends Subcommand {
    private final SocketOption socket = new SocketOption(spec());
    private final PositionalParamSpec group = name("0", "GROUP", "The group's name.");
    private final PositionalParamSpec member = name("1", "MEMBER", "One of its outbounds.");

    SelectCommand() {
        super("Has new flows of a group of type select use this member; 'sluice status' shows the groups.");
        spec().addPositional(group).addPositional(member);
    }

    private static PositionalParamSpec name(String index, String label, String description) {
        return PositionalParamSpec.builder()
                .index(index)
                .required(true)
                .paramLabel(label)
                .type(String.class)
                .description(description)
                .build();
    }

    @Override
    public Integer call() throws IOException, RefusedException {
        socket.client().select(new SelectRequest(group.getValue(), member.getValue()));
        return ExitCode.FINE;
    }
}
