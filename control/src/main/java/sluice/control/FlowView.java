// SPDX-License-Identifier: Apache-2.0
package sluice.control;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One flow that the engine carries or carried.
 *
 * @param id unique until the daemon restarts; later flows have higher ones
 * @param transport {@code tcp} or {@code udp}
 * @param application whose it is in one word: a desktop application's id, a container, a unit, else the cgroup, else the user
 * @param cgroup path relative to the managed root; null where it is not known
 * @param unit the systemd unit; null where there is none
 * @param uid the user; null where it is not known
 * @param pid the process; null where it is not known for sure, as with several in the cgroup
 * @param command that process's name; null where pid is
 * @param client the application's end, address and port
 * @param destination where it wants to go, address and port
 * @param host the destination's name; null where it is not known
 * @param target outbound that the cgroup's rule names
 * @param route the configuration's route that chose otherwise, such as {@code routes[2]}; null where none did
 * @param outbounds from the chosen one, through groups, to the one that dialled; empty until it is chosen
 * @param started ISO 8601 in UTC
 * @param milliseconds that it lasts or lasted
 * @param sent bytes from the application
 * @param received bytes to the application
 * @param end why it ended; null while it lives
 * @param detail more than {@code end} says, for people; null where there is nothing
 */
public record FlowView(
        long id,
        String transport,
        String application,
        @Nullable String cgroup,
        @Nullable String unit,
        @Nullable Integer uid,
        @Nullable Integer pid,
        @Nullable String command,
        String client,
        String destination,
        @Nullable String host,
        String target,
        @Nullable String route,
        List<String> outbounds,
        String started,
        long milliseconds,
        long sent,
        long received,
        @Nullable String end,
        @Nullable String detail) {}
