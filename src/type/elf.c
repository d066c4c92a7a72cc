/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Function symbols and segments of an ELF image, by libelf.  The image stays the
 * caller's and is only read; names point into it.
 */
#include "type/type.h"

#include <gelf.h>
#include <stdlib.h>
#include <string.h>

struct elf_image {
	Elf *elf;
	size_t segment_count;
	struct elf_symbol *symbols;
	size_t symbol_count, symbol_capacity;
	bool is_read;
};

struct elf_image *elf_open(struct span image)
{
	struct elf_image *elf;

	if (image.size < sizeof(Elf64_Ehdr) || elf_version(EV_CURRENT) == EV_NONE)
		return NULL;
	elf = calloc(1, sizeof(*elf));
	if (!elf)
		return NULL;
	elf->elf = elf_memory((char *)image.data, image.size);
	if (!elf->elf || elf_kind(elf->elf) != ELF_K_ELF || gelf_getclass(elf->elf) != ELFCLASS64) {
		elf_close(elf);
		return NULL;
	}
	if (elf_getphdrnum(elf->elf, &elf->segment_count))
		elf->segment_count = 0;
	return elf;
}

void elf_close(struct elf_image *elf)
{
	if (!elf)
		return;
	elf_end(elf->elf);
	free(elf->symbols);
	free(elf);
}

/* ---- symbols ------------------------------------------------------------ */

static bool is_function(const GElf_Sym *symbol)
{
	unsigned type = GELF_ST_TYPE(symbol->st_info);

	return (type == STT_FUNC || type == STT_GNU_IFUNC) && symbol->st_shndx != SHN_UNDEF &&
	       symbol->st_value;
}

static bool add_symbol(struct elf_image *elf, const GElf_Sym *symbol, const char *name)
{
	if (elf->symbol_count == elf->symbol_capacity) {
		size_t capacity = elf->symbol_capacity ? elf->symbol_capacity * 2 : 256;
		void *symbols = realloc(elf->symbols, capacity * sizeof(*elf->symbols));

		if (!symbols)
			return false;
		elf->symbols = symbols;
		elf->symbol_capacity = capacity;
	}
	elf->symbols[elf->symbol_count++] = (struct elf_symbol){
		.name = name,
		.address = symbol->st_value,
		.size = symbol->st_size,
	};
	return true;
}

/* The strings of a symbol table; an empty span unless they end with a NUL. */
static struct span string_table(struct elf_image *elf, size_t index)
{
	Elf_Scn *section = elf_getscn(elf->elf, index);
	Elf_Data *data = section ? elf_getdata(section, NULL) : NULL;

	if (!data || !data->d_buf || !data->d_size || ((const char *)data->d_buf)[data->d_size - 1])
		return (struct span){0};
	return (struct span){data->d_buf, data->d_size};
}

static void read_table(struct elf_image *elf, Elf_Scn *section, const GElf_Shdr *header)
{
	Elf_Data *data = elf_getdata(section, NULL);
	struct span strings = string_table(elf, header->sh_link);
	GElf_Sym symbol;

	/* libelf's own getters: tables of a damaged file need not be aligned. */
	for (int i = 0; gelf_getsym(data, i, &symbol); i++) {
		if (!is_function(&symbol) || symbol.st_name >= strings.size)
			continue;
		if (!add_symbol(elf, &symbol, (const char *)strings.data + symbol.st_name))
			return;
	}
}

static int compare_symbols(const void *a, const void *b)
{
	const struct elf_symbol *left = a, *right = b;

	if (left->address != right->address)
		return left->address < right->address ? -1 : 1;
	return strcmp(left->name, right->name);
}

/* Names of one function stay, each once: a probe may ask for any of them. */
static void sort_symbols(struct elf_image *elf)
{
	size_t kept = 0;

	if (!elf->symbol_count)
		return;
	qsort(elf->symbols, elf->symbol_count, sizeof(*elf->symbols), compare_symbols);
	for (size_t i = 1; i < elf->symbol_count; i++) {
		if (compare_symbols(&elf->symbols[kept], &elf->symbols[i]))
			elf->symbols[++kept] = elf->symbols[i];
	}
	elf->symbol_count = kept + 1;
}

static void read_symbols(struct elf_image *elf)
{
	Elf_Scn *section = NULL;

	while ((section = elf_nextscn(elf->elf, section))) {
		GElf_Shdr header;

		if (gelf_getshdr(section, &header) &&
		    (header.sh_type == SHT_SYMTAB || header.sh_type == SHT_DYNSYM))
			read_table(elf, section, &header);
	}
	sort_symbols(elf);
}

const struct elf_symbol *elf_symbols(struct elf_image *elf, size_t *count)
{
	if (!elf->is_read) {
		elf->is_read = true;
		read_symbols(elf);
	}
	*count = elf->symbol_count;
	return elf->symbols;
}

/* ---- segments ----------------------------------------------------------- */

/* Loaded segment i; false: there is none, or it is of another type. */
static bool get_segment(struct elf_image *elf, size_t i, GElf_Phdr *segment)
{
	return gelf_getphdr(elf->elf, (int)i, segment) && segment->p_type == PT_LOAD;
}

/* The loaded segment with an address that the file has bytes for. */
static bool segment_of(struct elf_image *elf, uint64_t address, GElf_Phdr *segment)
{
	for (size_t i = 0; i < elf->segment_count; i++) {
		if (get_segment(elf, i, segment) && address >= segment->p_vaddr &&
		    address - segment->p_vaddr < segment->p_filesz)
			return true;
	}
	return false;
}

uint64_t elf_file_offset(struct elf_image *elf, uint64_t address)
{
	GElf_Phdr segment;

	if (!segment_of(elf, address, &segment))
		return UINT64_MAX;
	return address - segment.p_vaddr + segment.p_offset;
}

bool elf_is_code(struct elf_image *elf, uint64_t address)
{
	GElf_Phdr segment;

	return segment_of(elf, address, &segment) && segment.p_flags & PF_X;
}

uint64_t elf_address(struct elf_image *elf, uint64_t offset)
{
	GElf_Phdr segment;

	for (size_t i = 0; i < elf->segment_count; i++) {
		if (get_segment(elf, i, &segment) && offset >= segment.p_offset &&
		    offset - segment.p_offset < segment.p_filesz)
			return offset - segment.p_offset + segment.p_vaddr;
	}
	return UINT64_MAX;
}
