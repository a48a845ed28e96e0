// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static sluice.linux.SocketConstants.AF_UNIX;
import static sluice.linux.SocketConstants.SOCK_DGRAM;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sluice.daemon.engine.ListenerStore;
import sluice.linux.DescriptorPassing;
import sluice.linux.FileDescriptor;
import sluice.linux.NativeSocket;
import sluice.linux.SystemCallException;
import sluice.linux.UnixAddress;

/**
 * The service manager that started this process, if one did: systemd's protocols sd_notify(3), sd_listen_fds(3) and
 * sd_watchdog_enabled(3). Notifying never fails the daemon; one that gets nowhere is logged. Any thread may notify.
 */
public final class ServiceManager implements ServiceState, ListenerStore, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ServiceManager.class);
    private static final int FIRST_DESCRIPTOR = 3;
    /** As FileDescriptorStoreMax= in the unit. */
    private static final int MOST_DESCRIPTORS = 1024;

    private static final String UNNAMED = "unknown";

    private final @Nullable Notifications notifications;
    private final @Nullable Duration watchdogPeriod;
    private final List<Passed> passed;

    /** A descriptor that came with the start, under its FileDescriptorName= or FDNAME=. */
    private record Passed(String name, FileDescriptor descriptor) {}

    /** Where notifications go. */
    private record Notifications(NativeSocket socket, UnixAddress address) {}

    private ServiceManager(
            @Nullable Notifications notifications, @Nullable Duration watchdogPeriod, List<Passed> passed) {
        this.notifications = notifications;
        this.watchdogPeriod = watchdogPeriod;
        this.passed = passed;
    }

    /**
     * The manager as this process's environment describes it. Call it once: it takes over the descriptors that were passed.
     *
     * @throws IOException if the environment promises what is not there
     */
    public static ServiceManager fromEnvironment() throws IOException {
        return of(System.getenv(), ProcessHandle.current().pid());
    }

    static ServiceManager of(Map<String, String> environment, long pid) throws IOException {
        var address = environment.get("NOTIFY_SOCKET");
        return new ServiceManager(
                address == null || address.isEmpty() ? null : notifications(address),
                watchdogPeriod(environment, pid),
                passed(environment, pid));
    }

    private static Notifications notifications(String address) throws IOException {
        var parsed = UnixAddress.parse(address);
        return new Notifications(NativeSocket.open(AF_UNIX, SOCK_DGRAM, 0, "notify socket " + address), parsed);
    }

    private static @Nullable Duration watchdogPeriod(Map<String, String> environment, long pid) throws IOException {
        var micros = environment.get("WATCHDOG_USEC");
        if (micros == null || !isFor(environment.get("WATCHDOG_PID"), pid)) {
            return null;
        }
        // Twice in the time that systemd waits, as sd_watchdog_enabled(3) recommends.
        return Duration.ofNanos(number("WATCHDOG_USEC", micros, Long.MAX_VALUE / 1000) * 1000 / 2);
    }

    private static List<Passed> passed(Map<String, String> environment, long pid) throws IOException {
        var count = environment.get("LISTEN_FDS");
        var owner = environment.get("LISTEN_PID");
        if (count == null || owner == null || !isFor(owner, pid)) {
            return new ArrayList<>();
        }
        var names = environment.getOrDefault("LISTEN_FDNAMES", "").split(":", -1);
        var found = new ArrayList<Passed>();
        int end = (int) number("LISTEN_FDS", count, MOST_DESCRIPTORS);
        for (int i = 0; i < end; i++) {
            var name = i < names.length && !names[i].isEmpty() ? names[i] : UNNAMED;
            found.add(new Passed(name, FileDescriptor.adopt(FIRST_DESCRIPTOR + i, "passed " + name)));
        }
        return found;
    }

    private static boolean isFor(@Nullable String owner, long pid) {
        return owner == null || owner.equals(Long.toString(pid));
    }

    private static long number(String variable, String text, long most) throws IOException {
        if (text.matches("[0-9]{1,18}") && Long.parseLong(text) <= most) {
            return Long.parseLong(text);
        }
        throw new IOException("read " + variable + " of the environment: \"" + text + "\" is no number up to " + most);
    }

    /** The descriptor that was passed under this name, once; the caller owns it. */
    public synchronized Optional<FileDescriptor> take(String name) {
        for (var candidate : passed) {
            if (candidate.name().equals(name)) {
                passed.remove(candidate);
                return Optional.of(candidate.descriptor());
            }
        }
        return Optional.empty();
    }

    /** The descriptors that were passed under names with this beginning, by name, once; the caller owns them. */
    @Override
    public synchronized Map<String, FileDescriptor> takeAll(String prefix) {
        var taken = new LinkedHashMap<String, FileDescriptor>();
        for (var candidate : List.copyOf(passed)) {
            if (candidate.name().startsWith(prefix) && !taken.containsKey(candidate.name())) {
                passed.remove(candidate);
                taken.put(candidate.name(), candidate.descriptor());
            }
        }
        return taken;
    }

    /** Whether somebody listens to notifications. */
    public boolean isPresent() {
        return notifications != null;
    }

    @Override
    public void ready() {
        send("READY=1");
    }

    @Override
    public void reloading() {
        // System.nanoTime is CLOCK_MONOTONIC on Linux, the clock that systemd compares with.
        send("RELOADING=1\nMONOTONIC_USEC=" + System.nanoTime() / 1000);
    }

    @Override
    public void stopping() {
        send("STOPPING=1");
    }

    /** It is alive; due every {@link #watchdogPeriod()}. */
    public void watchdog() {
        send("WATCHDOG=1");
    }

    /** How often {@link #watchdog()} is due; empty if nobody waits for it. */
    public Optional<Duration> watchdogPeriod() {
        return Optional.ofNullable(watchdogPeriod);
    }

    /** One line for people, which {@code systemctl status} shows. */
    public void status(String line) {
        send("STATUS=" + line.replace('\n', ' '));
    }

    /** Has a copy of the descriptor kept until the next start, which finds it by {@link #take}. Replaces one of that name. */
    @Override
    public void store(String name, FileDescriptor descriptor) {
        send("FDSTOREREMOVE=1\nFDNAME=" + name);
        send("FDSTORE=1\nFDNAME=" + name, descriptor);
    }

    /** Has what was stored under the name forgotten. */
    @Override
    public void forget(String name) {
        send("FDSTOREREMOVE=1\nFDNAME=" + name);
    }

    private synchronized void send(String text, FileDescriptor... descriptors) {
        if (notifications == null) {
            return;
        }
        var bytes = text.getBytes(UTF_8);
        var message = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        try {
            var _ = DescriptorPassing.send(
                    notifications.socket(), message, notifications.address(), List.of(descriptors));
        } catch (SystemCallException e) {
            LOG.warn(
                    "tell the service manager {}: {}, ignoring",
                    text.lines().findFirst().orElse(""),
                    e.getMessage());
        }
    }

    /** Closes what nobody has taken and has it forgotten: nothing of this configuration needs it. */
    public synchronized void dropRest() {
        for (var rest : passed) {
            rest.descriptor().close();
            forget(rest.name());
        }
        passed.clear();
    }

    /** Closes the connection and what nobody has taken. */
    @Override
    public synchronized void close() {
        passed.forEach(rest -> rest.descriptor().close());
        passed.clear();
        if (notifications != null) {
            notifications.socket().close();
        }
    }
}
