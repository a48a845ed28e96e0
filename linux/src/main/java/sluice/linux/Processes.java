// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static sluice.linux.Checked.check;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Becoming another program, and signals to other processes. */
public final class Processes {
    private static final int PR_SET_NO_NEW_PRIVS = 38;
    private static final int SIG_SETMASK = 2;
    private static final long SIG_IGN = 1;
    private static final int SIGRTMIN = 32;
    /** SIGILL, SIGBUS, SIGFPE and SIGSEGV, which end a JVM that runs into one and ignores it. */
    private static final Set<Integer> FAULTS = Set.of(4, 7, 8, 11);

    private static final int X_OK = 1;
    private static final String SHELL = "/bin/sh";
    // sigset_t of glibc; the kernel looks at the first eight bytes.
    private static final int SIGSET_BYTES = 128;

    private Processes() {}

    /**
     * Replaces this process by another program (execve(2)): process id, directory and cgroup stay, all threads end. Descriptors and signals
     * are as they were when this process was started: the JVM's handlers end with it, and its changes of the mask are taken back. A
     * script that does not begin with {@code #!} is run by /bin/sh, as by execvp(3). Returns only by an exception.
     *
     * @param program its path; there is no search
     * @param arguments with the program's own name first
     * @param environment as {@code NAME=value}
     * @param inheritance what the program gets of what this process got
     * @throws NotFoundException when there is no such program
     */
    public static void execute(
            String program, List<String> arguments, List<String> environment, Inheritance inheritance)
            throws IOException {
        try (var arena = Arena.ofConfined()) {
            long path = string(arena, program).address();
            long argv = strings(arena, arguments);
            long envp = strings(arena, environment);
            var frame = CallFrame.current();
            FileDescriptor.passOn(inheritance.descriptors());
            ignoreSignals(frame, inheritance.ignoredSignals());
            restoreSignalMask(frame);
            int result = ProcessCalls.execve(frame, path, argv, envp);
            if (result == -Errno.ENOEXEC) {
                var words = new ArrayList<>(List.of(SHELL, program));
                words.addAll(arguments.subList(1, arguments.size()));
                result = ProcessCalls.execve(frame, string(arena, SHELL).address(), strings(arena, words), envp);
            }
            throw SystemCallException.of("execute", KernelString.printable(program), -result);
        }
    }

    /** Whether there is a file at this path, following symbolic links, that this process may execute. */
    public static boolean isExecutable(String path) throws SystemCallException {
        var frame = CallFrame.current();
        long name = frame.path(path, "look at");
        return FileCalls.faccessat(frame, OpenFlags.AT_FDCWD, name, X_OK, 0) == 0
                && !FileStatus.of(path).map(FileStatus::isDirectory).orElse(true);
    }

    /** Those that the JVM does not catch, and real-time ones, are as they were. */
    private static void ignoreSignals(CallFrame frame, long wanted) throws SystemCallException {
        for (int signal = 1; signal < SIGRTMIN; signal++) {
            if ((wanted >>> (signal - 1) & 1) == 1 && !FAULTS.contains(signal)) {
                check(ProcessCalls.signal(frame, signal, SIG_IGN), "ignore", "signal " + signal);
            }
        }
    }

    private static void restoreSignalMask(CallFrame frame) throws IOException {
        // The JVM leaves the thread that started it as it was, and /proc/self names that one.
        long blocked;
        try (var lines = Files.lines(Path.of("/proc/self/status"))) {
            blocked = lines.filter(line -> line.startsWith("SigBlk:"))
                    .mapToLong(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
                    .findFirst()
                    .orElseThrow(() -> new IOException("read SigBlk of /proc/self/status: not there"));
        }
        frame.scratch.putLong(0, blocked);
        for (int at = Long.BYTES; at < SIGSET_BYTES; at += Long.BYTES) {
            frame.scratch.putLong(at, 0);
        }
        check(ProcessCalls.sigprocmask(frame, SIG_SETMASK, frame.address, 0), "restore", "signal mask");
    }

    private static long strings(Arena arena, List<String> texts) {
        var array = arena.allocate(JAVA_LONG, texts.size() + 1L);
        for (int i = 0; i < texts.size(); i++) {
            array.setAtIndex(JAVA_LONG, i, string(arena, texts.get(i)).address());
        }
        return array.address();
    }

    private static MemorySegment string(Arena arena, String text) {
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("contains a zero byte: " + KernelString.printable(text));
        }
        var bytes = KernelString.encode(text);
        var segment = arena.allocate(bytes.length + 1L);
        MemorySegment.copy(bytes, 0, segment, JAVA_BYTE, 0, bytes.length);
        return segment;
    }

    /** Sends a signal (kill(2)); signal 0 only asks whether one could. */
    public static void signal(long pid, int signal) throws SystemCallException {
        if (pid <= 0) {
            throw new IllegalArgumentException("process " + pid + ": zero and below mean groups of processes");
        }
        check(
                ProcessCalls.kill(CallFrame.current(), Math.toIntExact(pid), signal),
                "send signal " + signal + " to",
                "process " + pid);
    }

    /**
     * Takes a signal out of those that this process ignores; one that it does not ignore stays as it is. nohup(1) starts a program with SIGHUP
     * ignored, and the JVM sets no handler for such a signal. Until a handler is set the signal does nothing, as before: its default would
     * end the process between the two calls.
     */
    public static void stopIgnoring(int signal) throws SystemCallException {
        var frame = CallFrame.current();
        String name = "signal " + signal;
        check(ProcessCalls.sigaction(frame, signal, 0, frame.address), "look at the handling of", name);
        // The handler comes first in a struct sigaction.
        if (frame.scratch.getLong(0) == SIG_IGN) {
            check(ProcessCalls.signal(frame, signal, ProcessCalls.harmlessFunction()), "no longer ignore", name);
        }
    }

    /** Keeps the calling thread, and what it executes, from gaining privileges by execve (PR_SET_NO_NEW_PRIVS). For good. */
    public static void noNewPrivileges() throws SystemCallException {
        check(ProcessCalls.prctl(CallFrame.current(), PR_SET_NO_NEW_PRIVS, 1, 0), "set", "no_new_privs");
    }
}
