/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of this machine: a path comes in, a range of bytes, facts or names go out.  What may
 * be read is decided by where the opened file really lies, never by the path that was asked,
 * and before anything but O_PATH was opened: devices and fifos have side effects.
 */
#include "target/host.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

static bool is_filesystem(int fd, long magic)
{
	struct statfs status;

	return !fstatfs(fd, &status) && (long)status.f_type == magic;
}

/* ---- tracefs -------------------------------------------------------------- */

/* A mount that is in no directory: nobody else sees it, and it goes with us. */
static int mount_detached(const char *type)
{
	int context = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC), mount = -1;

	if (context < 0)
		return -errno;
	if (!syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		mount = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
	if (mount < 0)
		mount = -errno;
	close(context);
	return mount;
}

int host_tracefs(struct host *host)
{
	static const char *const places[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};
	int fd;

	if (host->tracefs >= 0)
		return host->tracefs;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		fd = open(places[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0 && is_filesystem(fd, TRACEFS_MAGIC))
			return host->tracefs = fd;
		if (fd >= 0)
			close(fd);
	}
	fd = mount_detached("tracefs");
	if (fd >= 0)
		host->tracefs = fd;
	return fd;
}

int small_file(int directory, const char *path, char *content, size_t size)
{
	int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return -errno;
	got = read(fd, content, size - 1);
	if (got < 0)
		got = -errno;
	close(fd);
	content[got > 0 ? got : 0] = '\0';
	return (int)got;
}

/* ---- what may be read ----------------------------------------------------- */

/* Each part of the path is a name; absolute below "/", relative in tracefs. */
static bool is_plain_path(const char *path, enum root root)
{
	if (strlen(path) >= PATH_LIMIT || (root == ROOT_MACHINE) != (path[0] == '/'))
		return false;
	while (*path) {
		size_t size = strcspn(path, "/");

		if (size == 2 && !memcmp(path, "..", 2))
			return false;
		path += size + (path[size] == '/');
	}
	return true;
}

static bool is_listed(const char *name, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(name, list[i]))
			return true;
	return false;
}

/* Memory, or reading takes something away from others. */
static bool is_harmful(const char *path)
{
	static const char *const names[] = {"mem",     "kcore",	     "kmsg",
					    "environ", "trace_pipe", "trace_pipe_raw"};

	return is_listed(strrchr(path, '/') + 1, names, ARRAY_SIZE(names));
}

/*
 * A path below /proc or /sys may still lead elsewhere: other mount namespaces are reached
 * through /proc/PID/root and may hold anything there.  So the file system counts too.
 */
static bool is_kernel_file(int fd, const char *path)
{
	static const long magics[] = {PROC_SUPER_MAGIC, SYSFS_MAGIC, TRACEFS_MAGIC, DEBUGFS_MAGIC,
				      CGROUP2_SUPER_MAGIC};

	if (strncmp(path, "/proc/", 6) && strncmp(path, "/sys/", 5) && strcmp(path, "/proc") &&
	    strcmp(path, "/sys"))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(magics); i++)
		if (is_filesystem(fd, magics[i]))
			return true;
	return false;
}

/* Two names of one file: the one that was opened, and one that everybody may read. */
static bool is_same_file(int fd, const char *path)
{
	struct stat opened, named;

	return !fstat(fd, &opened) && !lstat(path, &named) && opened.st_ino == named.st_ino &&
	       opened.st_dev == named.st_dev;
}

static bool is_fact(int fd, enum root root)
{
	static const char *const files[] = {"/etc/passwd", "/etc/ld.so.cache"};
	char link[32], path[PATH_LIMIT];
	ssize_t size;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	size = readlink(link, path, sizeof(path));
	if (size <= 0 || size == sizeof(path) || path[0] != '/')
		return false;
	path[size] = '\0';
	if (is_harmful(path))
		return false;
	if (root == ROOT_TRACEFS)
		return is_filesystem(fd, TRACEFS_MAGIC);
	if (is_listed(path, files, ARRAY_SIZE(files)))
		return is_same_file(fd, path);
	return is_kernel_file(fd, path);
}

/* Look, check, and only then open: a descriptor for reading, or -errno with the reason. */
static int open_checked(struct host *host, enum root root, const char *path, mode_t type,
			struct reply *reply)
{
	int directory = root == ROOT_TRACEFS ? host_tracefs(host) : AT_FDCWD, place, fd;
	struct stat status;
	char link[32];

	if (root > ROOT_TRACEFS || !is_plain_path(path, root))
		return reply_fail(reply, -EINVAL, "'%s' is not a plain path", path);
	if (directory < 0 && root == ROOT_TRACEFS)
		return reply_error(reply, directory, "tracefs");
	place = openat(directory, *path ? path : ".", O_PATH | O_CLOEXEC);
	if (place < 0)
		return reply_error(reply, -errno, "open '%s'", path);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", place);
	if (fstat(place, &status) || (status.st_mode & S_IFMT) != type)
		fd = reply_fail(reply, type == S_IFDIR ? -ENOTDIR : -EINVAL, "'%s' is not a %s",
				path, type == S_IFDIR ? "directory" : "regular file");
	else if (host->permission < PERMIT_BINARIES && !is_fact(place, root))
		fd = reply_fail(reply, -EACCES, "'%s': needs permission 'binaries'", path);
	else if ((fd = open(link, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) < 0)
		fd = reply_error(reply, -errno, "open '%s'", path);
	close(place);
	return fd;
}

/* ---- contents ------------------------------------------------------------- */

static int read_range(int fd, uint64_t offset, uint64_t size, struct text *out)
{
	enum { PIECE = 64 << 10 };
	char *piece = malloc(PIECE);
	ssize_t got = piece ? 1 : -1;

	while (got > 0 && out->size < size) {
		uint64_t left = size - out->size;

		got = pread(fd, piece, left < PIECE ? left : PIECE, (off_t)(offset + out->size));
		if (got > 0)
			text_add(out, piece, (size_t)got);
	}
	free(piece);
	return got < 0 ? -errno : 0;
}

/*
 * Kernel files say 0 or a page as their size, except BTF: vmlinux's can be mapped from 6.16
 * on, and then must be mapped as a whole.
 */
static bool map_whole(int fd, uint64_t size, struct reply *reply)
{
	void *data = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);

	if (data == MAP_FAILED)
		return false;
	reply->mapping = (struct span){data, size};
	return true;
}

static bool map_file(struct host *host, int fd, struct reply *reply)
{
	struct stat status;

	return host->maps_files && !fstat(fd, &status) && status.st_size > 0 &&
	       map_whole(fd, (uint64_t)status.st_size, reply);
}

int handle_file_read(struct host *host, struct reader *in, struct reply *reply)
{
	enum root root = read_u8(in);
	const char *path = read_string(in);
	uint64_t offset = read_u64(in), size = read_u64(in);
	bool whole = read_u8(in);
	int fd, result = 0;

	if (!reader_done(in))
		return reply_malformed(reply);
	if (offset > INT64_MAX - READ_LIMIT)
		return reply_fail(reply, -EINVAL, "'%s': offset out of range", path);
	fd = open_checked(host, root, path, S_IFREG, reply);
	if (fd < 0)
		return fd;
	if (!whole || !map_file(host, fd, reply))
		result = read_range(fd, offset, size < READ_LIMIT ? size : READ_LIMIT, &reply->out);
	if (result)
		reply_error(reply, result, "read '%s'", path);
	close(fd);
	return result;
}

int handle_btf(struct host *host, struct reader *in, struct reply *reply)
{
	const char *name = read_string(in);
	char path[300];
	int fd, result = 0;

	if (!reader_done(in))
		return reply_malformed(reply);
	if (!*name || *name == '.' || strchr(name, '/') || strlen(name) > 255)
		return reply_fail(reply, -EINVAL, "btf: '%s' is not a name", name);
	snprintf(path, sizeof(path), "/sys/kernel/btf/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return reply_error(reply, -errno, "open '%s'", path);
	if (!map_file(host, fd, reply))
		result = read_range(fd, 0, REPLY_LIMIT, &reply->out);
	if (result)
		reply_error(reply, result, "read '%s'", path);
	close(fd);
	return result;
}

int handle_file_info(struct host *host, struct reader *in, struct reply *reply)
{
	const char *path = read_string(in);
	struct stat status;

	(void)host;
	if (!reader_done(in))
		return reply_malformed(reply);
	if (!is_plain_path(path, ROOT_MACHINE))
		return reply_fail(reply, -EINVAL, "'%s' is not a plain path", path);
	if (stat(path, &status))
		return reply_error(reply, -errno, "stat '%s'", path);
	write_u64(&reply->out, (uint64_t)status.st_size);
	write_u64(&reply->out, status.st_ino);
	write_u64(&reply->out, status.st_dev);
	write_u64(&reply->out,
		  (uint64_t)status.st_mtim.tv_sec * 1000000000 + (uint64_t)status.st_mtim.tv_nsec);
	write_u32(&reply->out, status.st_mode);
	return 0;
}

/* ---- directories ---------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names in `all`, each followed by a NUL, sorted into `out`. */
static int sort_names(const struct text *all, size_t count, struct text *out)
{
	const char **names = calloc(count + 1, sizeof(*names)), *name = text_cstr(all);

	if (!names)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++, name += strlen(name) + 1)
		names[i] = name;
	qsort(names, count, sizeof(*names), compare_names);
	for (size_t i = 0; i < count; i++)
		text_add(out, names[i], strlen(names[i]) + 1);
	free(names);
	return 0;
}

static int list_names(DIR *directory, struct text *out)
{
	struct text all = {0};
	struct dirent *entry;
	size_t count = 0;
	int result;

	while ((entry = readdir(directory)) && all.size < REPLY_LIMIT / 2) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		text_add(&all, entry->d_name, strlen(entry->d_name) + 1);
		count++;
	}
	result = sort_names(&all, count, out);
	text_free(&all);
	return result;
}

int handle_dir_list(struct host *host, struct reader *in, struct reply *reply)
{
	enum root root = read_u8(in);
	const char *path = read_string(in);
	DIR *directory;
	int fd, result;

	if (!reader_done(in))
		return reply_malformed(reply);
	fd = open_checked(host, root, path, S_IFDIR, reply);
	if (fd < 0)
		return fd;
	directory = fdopendir(fd);
	if (!directory) {
		close(fd);
		return reply_error(reply, -ENOMEM, "'%s'", path);
	}
	result = list_names(directory, &reply->out);
	if (result)
		reply_error(reply, result, "'%s'", path);
	closedir(directory);
	return result;
}
