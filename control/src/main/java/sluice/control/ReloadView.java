// SPDX-License-Identifier: Apache-2.0
package sluice.control;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What reading the configuration again has changed.
 *
 * @param configuration the file; null where there is none
 * @param changes keys that say something else than before, such as {@code dns.mode}, {@code outbounds.office} and {@code rules}
 * @param added cgroups that got an element
 * @param removed cgroups that lost theirs
 * @param changed cgroups whose target is another one now
 * @param warnings about the file
 */
public record ReloadView(
        @Nullable String configuration,
        List<String> changes,
        long added,
        long removed,
        long changed,
        List<String> warnings) {}
