// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the daemon can be talked to.
 *
 * @param listen TCP address of the REST API. Default empty: none
 * @param secret what clients of {@code listen} must present; an empty text: nothing. Empty ({@code AUTO}, default): one
 *     that the daemon makes up
 * @param socket the control socket, absolute. Default {@code /run/sluice/control.sock}
 */
public record ApiSettings(Optional<Endpoint> listen, Optional<Secret> secret, Path socket) {
    /** The values used where the file says nothing. */
    public static final ApiSettings DEFAULT =
            new ApiSettings(Optional.empty(), Optional.empty(), Path.of("/run/sluice/control.sock"));
}
