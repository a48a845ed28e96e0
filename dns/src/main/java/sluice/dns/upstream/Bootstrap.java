// SPDX-License-Identifier: Apache-2.0
package sluice.dns.upstream;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;

/** Finds the addresses of a server that is given by name only. */
@FunctionalInterface
public interface Bootstrap {
    /** At least one, the best first; asks nobody but servers that are given by address. */
    List<InetAddress> addresses(String host, Deadline deadline) throws IOException;
}
