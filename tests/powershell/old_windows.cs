// old_windows.cs - types and members of assemblies, by name, out of their metadata: nothing of them is loaded.
using System;
using System.Collections.Generic;
using System.IO;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

public class OldWindows
{
    readonly Dictionary<string, HashSet<string>> members = new Dictionary<string, HashSet<string>>(StringComparer.OrdinalIgnoreCase);
    readonly Dictionary<string, List<string>> above = new Dictionary<string, List<string>>(StringComparer.OrdinalIgnoreCase);
    readonly HashSet<string> all = new HashSet<string>(StringComparer.OrdinalIgnoreCase);

    public void Read(string file)
    {
        using (var stream = File.OpenRead(file))
        using (var pe = new PEReader(stream)) {
            if (!pe.HasMetadata) return;
            var r = pe.GetMetadataReader();
            foreach (var handle in r.TypeDefinitions) Take(r, r.GetTypeDefinition(handle));
        }
    }

    void Take(MetadataReader r, TypeDefinition type)
    {
        if ((type.Attributes & TypeAttributes.VisibilityMask) == TypeAttributes.NotPublic) return;
        string name = NameOf(r, type);
        HashSet<string> own;
        if (!members.TryGetValue(name, out own)) members[name] = own = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var h in type.GetMethods()) {
            var method = r.GetMethodDefinition(h);
            if ((method.Attributes & MethodAttributes.MemberAccessMask) == MethodAttributes.Public) own.Add(r.GetString(method.Name));
        }
        foreach (var h in type.GetProperties()) own.Add(r.GetString(r.GetPropertyDefinition(h).Name));
        foreach (var h in type.GetFields()) own.Add(r.GetString(r.GetFieldDefinition(h).Name));
        all.UnionWith(own);
        var list = new List<string>();
        if (!type.BaseType.IsNil) list.Add(NameOf(r, type.BaseType));
        foreach (var h in type.GetInterfaceImplementations()) list.Add(NameOf(r, r.GetInterfaceImplementation(h).Interface));
        above[name] = list;
    }

    static string NameOf(MetadataReader r, TypeDefinition type)
    {
        string name = r.GetString(type.Name);
        if (!type.GetDeclaringType().IsNil) return NameOf(r, r.GetTypeDefinition(type.GetDeclaringType())) + "+" + name;
        string space = r.GetString(type.Namespace);
        return space.Length > 0 ? space + "." + name : name;
    }

    static string NameOf(MetadataReader r, EntityHandle handle)
    {
        if (handle.Kind == HandleKind.TypeDefinition) return NameOf(r, r.GetTypeDefinition((TypeDefinitionHandle)handle));
        if (handle.Kind != HandleKind.TypeReference) return "System.Object";
        var type = r.GetTypeReference((TypeReferenceHandle)handle);
        return r.GetString(type.Namespace) + "." + r.GetString(type.Name);
    }

    public bool HasType(string name) { return members.ContainsKey(name); }

    public bool HasMember(string type, string member)
    {
        HashSet<string> own;
        List<string> list;
        if (members.TryGetValue(type, out own) && own.Contains(member)) return true;
        if (above.TryGetValue(type, out list)) foreach (string one in list) if (HasMember(one, member)) return true;
        return false;
    }

    // Of any type at all: what an object is, the text of a script does not say.
    public bool HasMember(string member) { return all.Contains(member); }
}
