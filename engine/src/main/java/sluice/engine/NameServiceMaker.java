// SPDX-License-Identifier: Apache-2.0
package sluice.engine;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import sluice.dns.NameService;
import sluice.dns.Network;

/** Makes the DNS that an engine starts with: before the first flow, so that no query goes past it. */
@FunctionalInterface
public interface NameServiceMaker {
    /** Without DNS. */
    NameServiceMaker NONE = network -> null;

    /**
     * Called once, while the engine starts.
     *
     * @param network leads out by the engine's outbounds, once it has started
     * @return stays the maker's, who closes it after the engine; null: port 53 is as any other
     */
    @Nullable
    NameService make(Network network) throws IOException;
}
