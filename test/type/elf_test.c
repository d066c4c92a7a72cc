/* SPDX-License-Identifier: Apache-2.0 */
/* A small ELF image made by hand: its symbols and segments, then damage to all of it. */
#include "test.h"
#include "type/type.h"

#include <elf.h>
#include <stdlib.h>

static const char names[] = "\0main\0alias\0thing\0resolver\0away";

struct image {
	Elf64_Ehdr head;
	Elf64_Phdr segments[2];
	Elf64_Shdr sections[4];
	Elf64_Sym symbols[7], dynamic[2];
	char names[sizeof(names)];
};

static Elf64_Sym symbol(uint32_t name, unsigned type, uint16_t section, uint64_t value)
{
	return (Elf64_Sym){
		.st_name = name,
		.st_info = ELF64_ST_INFO(STB_GLOBAL, type),
		.st_shndx = section,
		.st_value = value,
		.st_size = 16,
	};
}

static void make_head(struct image *image)
{
	memcpy(image->head.e_ident, ELFMAG, SELFMAG);
	image->head.e_ident[EI_CLASS] = ELFCLASS64;
	image->head.e_ident[EI_DATA] = ELFDATA2LSB;
	image->head.e_ident[EI_VERSION] = EV_CURRENT;
	image->head.e_type = ET_DYN;
	image->head.e_machine = EM_X86_64;
	image->head.e_version = EV_CURRENT;
	image->head.e_ehsize = sizeof(Elf64_Ehdr);
	image->head.e_phoff = offsetof(struct image, segments);
	image->head.e_phentsize = sizeof(Elf64_Phdr);
	image->head.e_phnum = 2;
	image->head.e_shoff = offsetof(struct image, sections);
	image->head.e_shentsize = sizeof(Elf64_Shdr);
	image->head.e_shnum = 4;
	image->segments[0] = (Elf64_Phdr){
		.p_type = PT_LOAD, .p_offset = 0, .p_vaddr = 0x400000, .p_filesz = 0x1000};
	image->segments[1] = (Elf64_Phdr){
		.p_type = PT_LOAD, .p_offset = 0x1000, .p_vaddr = 0x402000, .p_filesz = 0x500};
}

static Elf64_Shdr section(uint32_t type, size_t offset, size_t size, size_t entry)
{
	return (Elf64_Shdr){
		.sh_type = type,
		.sh_offset = offset,
		.sh_size = size,
		.sh_link = 3,
		.sh_entsize = entry,
		.sh_addralign = entry ? 8 : 1,
	};
}

static void make_image(struct image *image)
{
	memset(image, 0, sizeof(*image));
	make_head(image);
	image->sections[1] = section(SHT_SYMTAB, offsetof(struct image, symbols),
				     sizeof(image->symbols), sizeof(Elf64_Sym));
	image->sections[2] = section(SHT_DYNSYM, offsetof(struct image, dynamic),
				     sizeof(image->dynamic), sizeof(Elf64_Sym));
	image->sections[3] =
		section(SHT_STRTAB, offsetof(struct image, names), sizeof(image->names), 0);
	image->symbols[1] = symbol(1, STT_FUNC, 1, 0x402100); /* main */
	image->symbols[2] = symbol(6, STT_FUNC, 1, 0x402100); /* alias */
	image->symbols[3] = symbol(12, STT_OBJECT, 1, 0x402200); /* thing */
	image->symbols[4] = symbol(18, STT_GNU_IFUNC, 1, 0x400010); /* resolver */
	image->symbols[5] = symbol(27, STT_FUNC, SHN_UNDEF, 0x402300);
	image->symbols[6] = symbol(0x7fffffff, STT_FUNC, 1, 0x402400);
	image->dynamic[1] = image->symbols[1];
	memcpy(image->names, names, sizeof(names));
}

static void test_image(struct image *image)
{
	struct elf_image *elf = elf_open((struct span){image, sizeof(*image)});
	const struct elf_symbol *symbols;
	size_t count;

	CHECK(elf);
	symbols = elf_symbols(elf, &count);
	CHECK_EQ(count, 3);
	CHECK_STR(symbols[0].name, "resolver");
	CHECK_STR(symbols[1].name, "alias");
	CHECK_STR(symbols[2].name, "main");
	CHECK_EQ(symbols[2].address, 0x402100);
	CHECK_EQ(symbols[2].size, 16);
	CHECK(elf_symbols(elf, &count) == symbols && count == 3);
	CHECK_EQ(elf_file_offset(elf, 0x402100), 0x1100);
	CHECK_EQ(elf_address(elf, 0x1100), 0x402100);
	CHECK_EQ(elf_file_offset(elf, 0x400000), 0);
	CHECK_EQ(elf_file_offset(elf, 0x401000), UINT64_MAX);
	CHECK_EQ(elf_file_offset(elf, 0x402500), UINT64_MAX);
	CHECK_EQ(elf_file_offset(elf, 0), UINT64_MAX);
	CHECK_EQ(elf_address(elf, 0x1500), UINT64_MAX);
	elf_close(elf);
}

static void use_copy(const struct image *image, size_t size, size_t damaged, uint8_t value)
{
	uint8_t *copy = malloc(size + !size);
	struct elf_image *elf;
	size_t count, length = 0;

	memcpy(copy, image, size);
	if (damaged < size)
		copy[damaged] = value;
	elf = elf_open((struct span){copy, size});
	if (elf) {
		const struct elf_symbol *symbols = elf_symbols(elf, &count);

		for (size_t i = 0; i < count; i++)
			length += strlen(symbols[i].name);
		elf_file_offset(elf, length);
		elf_address(elf, length);
	}
	elf_close(elf);
	free(copy);
}

static void test_damage(const struct image *image)
{
	const uint8_t *bytes = (const uint8_t *)image;

	for (size_t i = 0; i < sizeof(*image); i++)
		use_copy(image, i, SIZE_MAX, 0);
	for (size_t i = 0; i < sizeof(*image); i++) {
		for (unsigned bit = 0; bit < 8; bit++)
			use_copy(image, sizeof(*image), i, bytes[i] ^ 1 << bit);
		use_copy(image, sizeof(*image), i, 0xff);
	}
	CHECK(!elf_open((struct span){0}));
	elf_close(NULL);
}

int main(void)
{
	struct image image;

	make_image(&image);
	test_image(&image);
	test_damage(&image);
	return test_result();
}
